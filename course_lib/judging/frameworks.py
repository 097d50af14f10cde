"""Other libraries' words in a student's code, as Python's errors name them, and what NumPy says instead."""

import re

from course_lib.judging.reading import Error

# Method or attribute → what NumPy has for it.
TORCH = {
    "clone": "x.copy()",
    "detach": "x itself, as nothing is recorded",
    "cpu": "x itself",
    "cuda": "x itself",
    "numpy": "x itself",
    "numel": "x.size",
    "unsqueeze": "x[:, None], or np.expand_dims",
    "permute": "x.transpose",
    "abs": "np.abs(x)",
    "exp": "np.exp(x)",
    "log": "np.log(x)",
    "sqrt": "np.sqrt(x)",
    "rsqrt": "1 / np.sqrt(x)",
    "square": "x**2",
    "pow": "x**2",
    "clamp": "np.clip(x, low, high)",
    "float": "x.astype(float)",
    "double": "x.astype(float)",
    "norm": "np.linalg.norm(x)",
    "mul": "x * y",
    "add": "x + y",
    "sub": "x - y",
    "div": "x / y",
    "matmul": "x @ y",
    "mm": "x @ y",
    "tensor": "np.array",
    "cat": "np.concatenate",
    "grad": "the argument that holds the gradient",
    "requires_grad": "nothing: gradients are computed by hand",
    "no_grad": "nothing: gradients are computed by hand",
    "backward": "a method of your own: gradients are computed by hand",
    "zero_grad": "nothing: each gradient comes as a new array",
    "param_groups": "the array θ itself",
}
TENSORFLOW = {
    "assign": "x = …",
    "assign_add": "x = x + …",
    "assign_sub": "x = x - …",
    "cast": "x.astype",
    "reduce_mean": "np.mean",
    "reduce_sum": "np.sum",
}
KEYWORDS = {"dim": "axis", "keepdim": "keepdims"}
# What else is theirs: the pattern of "Type: message", and what to say of it.
OTHERS = {
    r"NameError: name '(torch|nn|F|optim)'|No module named 'torch": (
        "That is PyTorch, which is not used here: each formula can be written with NumPy's arrays alone."
    ),
    r"NameError: name '(tf|keras|K|layers|tensorflow)'|No module named '(tensorflow|keras|jax|flax|optax)": (
        "That is another library, which is not used here: each formula can be written with NumPy's arrays "
        "alone."
    ),
    r"'memoryview'|attribute 'data'": (
        "x.data is PyTorch; in NumPy it is the array's raw memory. The array itself is x, and theta - … "
        "makes a new one."
    ),
    r"unhashable type: 'numpy.ndarray'": (
        "An array cannot be the key of a dict. PyTorch keeps its state by parameter; here an optimiser works "
        "on one θ, and what it remembers can stand on self."
    ),
    r"KeyError: \d{9,}": (
        "The state is kept under the id of an array. Each step brings a new array, whose id is another one, "
        "or an old one again by chance: what is remembered can stand on self."
    ),
    r"'int' object is not callable": (
        "A number stands in front of a parenthesis. If it is x.size(…), that is PyTorch: in NumPy x.shape[0] "
        "is the number of rows. Else a * may be missing."
    ),
}


def in_numpy(error: Error) -> str | None:
    """What to say of an error, if a word of another library is behind it."""
    text = f"{error.type}: {error.message}"
    for pattern, words in OTHERS.items():
        if re.search(pattern, text):
            return words
    # Arrays and numbers only: a student's own class may have forgotten a method of such a name.
    owner = r"'numpy[\w.]*'|'float'|'int'|module '(?:numpy|np)\S*"
    if found := re.search(rf"AttributeError: (?:{owner}).* has no attribute '(\w+)'", text):
        return _attribute(found[1])
    if found := re.search(r"unexpected keyword argument '(\w+)'|no keyword argument '?(\w+)", text):
        word = found[1] or found[2]
        if word in KEYWORDS:
            return f"{word}= is PyTorch; in NumPy it is {KEYWORDS[word]}=."
    return None


def _attribute(name: str) -> str | None:
    if name in TENSORFLOW:
        return f"{name} is TensorFlow; in NumPy it is {TENSORFLOW[name]}."
    if name in TORCH:
        return f"{name} is PyTorch; in NumPy it is {TORCH[name]}."
    if name.endswith("_") and not name.startswith("_"):
        return (
            f"{name} is PyTorch, where a name that ends in _ changes the array in place; in NumPy one writes "
            "the operation itself, as in x = x + y."
        )
    return None
