"""What makes the course's pictures live in a notebook, and JupyterLab's settings for the course."""
