"""What a lecture needs and cannot make while it runs, as small files.

Results that take too long to compute lie beside the scripts that made them. Data of others:

digits.csv.gz   Alpaydin & Kaynak (1998), "Optical Recognition of Handwritten Digits", UCI Machine Learning
                Repository, https://doi.org/10.24432/C50P49, CC BY 4.0. The test set, 1,797 lines of 64 pixels
                0..16 and a label: scikit-learn's file, unchanged.
diabetes.csv    Efron, Hastie, Johnstone & Tibshirani (2004), "Least Angle Regression", Section 1. 442
                lines of 10 measurements and the progression after a year: the two tables that
                scikit-learn ships (BSD 3-Clause) in one.
"""
