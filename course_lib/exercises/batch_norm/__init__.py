"""The exercises on one student's `BatchNorm`, each judged on its own."""
