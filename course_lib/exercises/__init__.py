"""What an exercise is: one folder each, and beside the folders what a family of exercises shares."""
