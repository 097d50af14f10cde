"""How any exercise is judged: what is asked, what came, what it shows. It knows no exercise."""
