"""A tiny transformer, forward and backward, as one function of one flat array θ.

    x = E[token] + P[position]
    x ← x + attention(norm(x)) W_O         in each block; this sum that every block adds to is
    x ← x + relu(norm(x) W₁) W₂            the residual stream
    logits = norm(x) U

There are no biases. Each piece below returns its output and its way back, a function from ∂L/∂output to
∂L/∂ of each argument. Back-propagation calls them from the end.

Source: Vaswani et al. (2017), "Attention Is All You Need"; the norm before each sublayer as in Xiong et al.
(2020), "On Layer Normalization in the Transformer Architecture".
"""

import numpy as np

from course_lib.layers import RMSNorm
from course_lib.losses import softmax_cross_entropy


def matmul(x, W):
    """y = x W for x of shape (N, T, D) and W of shape (D, E): each position on its own."""
    rows = x.reshape(-1, len(W))

    def back(grad):
        grad = grad.reshape(len(rows), -1)
        return (grad @ W.T).reshape(x.shape), rows.T @ grad

    return (rows @ W).reshape(*x.shape[:2], -1), back


def rms_norm(x, gain):
    norm = RMSNorm(len(gain))
    norm.gain = gain
    return norm.forward(x, training=True), norm.backward


def without_norm(x, gain):  # its place is left empty
    return x, lambda grad: (grad, np.zeros_like(gain))


def attention(q, k, v, heads):
    """Each position gathers values v from itself and those before it, weighted by how q fits their k.

        p = softmax(q kᵀ / √d), 0 for later positions
        y = p v                                             in each head of d = D / heads features

    Shapes: q, k, v and y (N, T, D). Returns y, the way back, and p of shape (N, heads, T, T).
    Source: Vaswani et al. (2017), Section 3.2.
    PyTorch: `torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)`.
    """
    n, t, width = q.shape
    scale = (heads / width) ** 0.5  # a float of Python, which leaves float32 as it is

    def split(x):
        return x.reshape(n, t, heads, -1).swapaxes(1, 2)

    def join(x):
        return x.swapaxes(1, 2).reshape(n, t, width)

    q, k, v = split(q), split(k), split(v)
    scores = scale * q @ k.swapaxes(2, 3) + np.triu(np.full((t, t), -np.inf, q.dtype), 1)
    p = np.exp(scores - scores.max(axis=-1, keepdims=True))
    p /= p.sum(axis=-1, keepdims=True)

    def back(grad):
        grad = split(grad)
        dp = grad @ v.swapaxes(2, 3)
        ds = scale * p * (dp - np.sum(dp * p, axis=-1, keepdims=True))
        return join(ds @ k), join(ds.swapaxes(2, 3) @ q), join(p.swapaxes(2, 3) @ grad)

    return join(p @ v), back, p


NORMS = {"pre": (rms_norm, without_norm), "post": (without_norm, rms_norm), "none": (without_norm,) * 2}


class Transformer:
    """Predicts the last ``answers`` tokens that follow x: used as a ``Network`` is.

        loss, gradient = transformer.loss_and_gradient(theta, x, y)

    Args: tokens, how many there are; length, of x; answers, how many positions at the end predict;
    norm, where it stands: "pre", "post" (after the sum, as in 2017) or "none".
    Shapes: θ (size,); x, integers (N, length); y, integers (N, answers); logits (N, answers, tokens).
    ``weights`` has each block's attention in the last ``predict``, of shape (N, heads, length, length).
    Raises: ValueError for another norm or shape of θ.
    """

    def __init__(self, tokens, length, answers, width=32, depth=2, heads=4, norm="pre"):
        if norm not in NORMS:
            raise ValueError(f"Transformer: norm is one of {', '.join(NORMS)}; got {norm!r}")
        self.answers, self.width, self.depth, self.heads = answers, width, depth, heads
        self.norms = NORMS[norm]  # before a sublayer, and behind the sum
        self.shapes: dict[str, tuple[int, ...]] = {"E": (tokens, width), "P": (length, width)}
        for block in range(depth):
            self.shapes |= {f"{name}{block}": (width, width) for name in ("Q", "K", "V", "O")}
            self.shapes |= {f"W1_{block}": (width, 4 * width), f"W2_{block}": (4 * width, width)}
            self.shapes |= {f"gain1_{block}": (width,), f"gain2_{block}": (width,)}
        self.shapes |= {"gain": (width,), "U": (width, tokens)}
        self.matrices = [name for name in self.shapes if name[0] in "QKVOW"]
        *self.ends, self.size = np.cumsum([np.prod(shape) for shape in self.shapes.values()]).tolist()

    def arrays(self, theta):
        """Return a dict: each parameter's name → a view into theta, of its shape."""
        if np.shape(theta) != (self.size,):
            raise ValueError(
                f"Transformer: θ has shape {np.shape(theta)}, this one needs ({self.size},); "
                "start from transformer.initialize(rng), and let step return the new θ"
            )
        parts = zip(self.shapes.items(), np.split(theta, self.ends), strict=True)
        return {name: part.reshape(shape) for (name, shape), part in parts}

    def initialize(self, rng, dtype=np.float64):
        """Return a fresh θ of shape (size,): gains 1, embeddings N(0, ¼), matrices N(0, 1/fan_in).

        What writes to the stream is divided by √(2 · depth), as in GPT-2 (Radford et al. 2019, Section 2.3).
        """
        theta = np.ones(self.size, dtype)
        for name, array in self.arrays(theta).items():
            if array.ndim == 2:
                spread = 0.5 if name in ("E", "P") else 1 / np.sqrt(len(array))
                spread /= np.sqrt(2 * self.depth) if name.startswith(("O", "W2")) else 1
                array[:] = spread * rng.standard_normal(array.shape)
        return theta

    def predict(self, theta, x):
        """Return the logits, of shape (N, answers, tokens)."""
        a = self.arrays(theta)
        self.backs, self.weights = [], []
        stream = a["E"][x] + a["P"]
        for block in range(self.depth):
            stream = self._add(stream, self._attend, block, a, f"gain1_{block}")
            stream = self._add(stream, self._feed_forward, block, a, f"gain2_{block}")
        normed, self.back_norm = self.norms[0](stream[:, -self.answers :], a["gain"])
        logits, self.back_logits = matmul(normed, a["U"])
        return logits

    def _add(self, stream, sublayer, block, a, gain):
        """The residual stream after a sublayer has added to it; its way back is kept."""
        before, behind = self.norms
        normed, back_before = before(stream, a[gain])
        added, back_sublayer = sublayer(normed, block, a)
        stream, back_behind = behind(stream + added, a[gain])

        def back(grad, g):
            grad, of_behind = back_behind(grad)
            through, of_before = back_before(back_sublayer(grad, g))
            g[gain][:] = of_before + of_behind
            return grad + through

        self.backs.append(back)
        return stream

    def _attend(self, h, block, a):
        (q, _), (k, _), (v, _) = projected = [matmul(h, a[f"{name}{block}"]) for name in "QKV"]
        y, back_attention, weights = attention(q, k, v, self.heads)
        added, back_o = matmul(y, a[f"O{block}"])
        self.weights.append(weights)

        def back(grad, g):
            grad, g[f"O{block}"][:] = back_o(grad)
            to_h = 0.0
            for name, (_, back_one), d in zip("QKV", projected, back_attention(grad), strict=True):
                dh, g[f"{name}{block}"][:] = back_one(d)
                to_h = to_h + dh
            return to_h

        return added, back

    def _feed_forward(self, h, block, a):
        hidden, back_1 = matmul(h, a[f"W1_{block}"])
        added, back_2 = matmul(np.maximum(hidden, 0), a[f"W2_{block}"])

        def back(grad, g):
            grad, g[f"W2_{block}"][:] = back_2(grad)
            grad, g[f"W1_{block}"][:] = back_1(grad * (hidden > 0))
            return grad

        return added, back

    def loss_and_gradient(self, theta, x, y):
        """Return the cross-entropy per answered token, and its gradient of θ's shape."""
        logits = self.predict(theta, x)
        loss, grad = softmax_cross_entropy(logits.reshape(-1, logits.shape[2]), y.ravel())
        gradient = np.zeros_like(theta)
        g = self.arrays(gradient)
        grad, g["U"][:] = self.back_logits(grad.reshape(logits.shape))
        stream = np.zeros((*x.shape, self.width), theta.dtype)
        stream[:, -self.answers :], g["gain"][:] = self.back_norm(grad)
        for back in reversed(self.backs):
            stream = back(stream, g)
        g["P"][:] = stream.sum(axis=0)
        np.add.at(g["E"], x, stream)
        return loss, gradient

    def loss(self, theta, x, y):
        """Return the loss alone."""
        logits = self.predict(theta, x)
        return softmax_cross_entropy(logits.reshape(-1, logits.shape[2]), y.ravel())[0]
