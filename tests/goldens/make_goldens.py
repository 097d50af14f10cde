"""Write the goldens: what PyTorch 2.13 computes, as small JSON files beside this script.

    python -m venv torch-env && torch-env/bin/pip install torch==2.13.0 numpy
    torch-env/bin/python tests/goldens/make_goldens.py

Everything is float64, on the CPU with one thread. The gradients of the optimisers' 1,000 steps are too many
to store: tests draw them again (inputs.py).
"""

import json
from pathlib import Path

import numpy as np
import torch
from inputs import gradients, start

HERE = Path(__file__).parent
KEPT = (1, 2, 10, 100, 1000)  # of 1,000 steps

# Name and arguments as ours; `torch_optimizer` translates them.
OPTIMIZERS = [
    ("SGD", {"lr": 1e-3}),
    ("Momentum", {"lr": 1e-4, "mu": 0.9}),
    ("Momentum", {"lr": 1e-4, "mu": 0.5}),
    ("Nesterov", {"lr": 1e-4, "mu": 0.9}),
    ("Nesterov", {"lr": 1e-4, "mu": 0.5}),
    ("AdaGrad", {"lr": 0.01, "eps": 1e-8}),
    ("AdaGrad", {"lr": 0.3, "eps": 0.1}),
    ("RMSprop", {"lr": 1e-3, "rho": 0.9, "eps": 1e-8}),
    ("RMSprop", {"lr": 0.01, "rho": 0.6, "eps": 0.1}),
    ("Adam", {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}),
    ("Adam", {"lr": 0.02, "beta1": 0.6, "beta2": 0.8, "eps": 0.1}),
    ("AdamW", {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 1e-2}),
    ("AdamW", {"lr": 0.02, "beta1": 0.6, "beta2": 0.8, "eps": 0.1, "weight_decay": 0.3}),
]


def torch_optimizer(name, theta, a):
    """PyTorch's optimiser for our name and our arguments a."""
    if name == "SGD":
        return torch.optim.SGD([theta], lr=a["lr"])
    if name in ("Momentum", "Nesterov"):
        return torch.optim.SGD([theta], lr=a["lr"], momentum=a["mu"], nesterov=name == "Nesterov")
    if name == "AdaGrad":
        return torch.optim.Adagrad([theta], lr=a["lr"], eps=a["eps"])
    if name == "RMSprop":
        return torch.optim.RMSprop([theta], lr=a["lr"], alpha=a["rho"], eps=a["eps"])
    both = {"lr": a["lr"], "betas": (a["beta1"], a["beta2"]), "eps": a["eps"]}
    if name == "Adam":
        return torch.optim.Adam([theta], **both)
    return torch.optim.AdamW([theta], **both, weight_decay=a["weight_decay"])


def optimizers():
    cases = []
    for seed, (name, arguments) in enumerate(OPTIMIZERS):
        theta = torch.tensor(start(seed), requires_grad=True)
        optimizer = torch_optimizer(name, theta, arguments)
        path = {}
        for t, gradient in enumerate(gradients(seed), start=1):
            theta.grad = torch.tensor(gradient)
            optimizer.step()
            if t in KEPT:
                path[t] = theta.detach().tolist()
        cases.append({"name": name, "arguments": arguments, "seed": seed, "theta_after": path})
    return cases


def run(function, x, grad):
    """y = function(x) and ∂L/∂x for ∂L/∂y = grad."""
    x = torch.tensor(x, requires_grad=True)
    y = function(x)
    y.backward(torch.tensor(grad))
    return {"x": x.tolist(), "grad": grad.tolist(), "y": y.tolist(), "dx": x.grad.tolist()}


def layers():
    random = np.random.RandomState(100)
    torch.manual_seed(100)
    draw = random.standard_normal
    cases = {}

    for name, arguments, function in (
        ("ReLU", {}, torch.nn.ReLU()),
        ("LeakyReLU", {"slope": 0.01}, torch.nn.LeakyReLU(0.01)),
        ("LeakyReLU", {"slope": 0.2}, torch.nn.LeakyReLU(0.2)),
        ("Tanh", {}, torch.nn.Tanh()),
        ("Sigmoid", {}, torch.nn.Sigmoid()),
    ):
        case = {"name": name, "arguments": arguments, **run(function, 3 * draw((6, 4)), draw((6, 4)))}
        cases.setdefault("activations", []).append(case)

    dense = torch.nn.Linear(4, 3, dtype=torch.float64)
    case = run(dense, draw((6, 4)), draw((6, 3)))
    case["W"], case["b"] = dense.weight.detach().T.tolist(), dense.bias.detach().tolist()
    case["dW"], case["db"] = dense.weight.grad.T.tolist(), dense.bias.grad.tolist()
    cases["Dense"] = case

    torch.manual_seed(0)
    cases["Dropout"] = []
    for rate in (0.2, 0.5, 0.8):
        dropout = torch.nn.Dropout(rate)
        x, grad = draw((6, 4)), draw((6, 4))
        training = run(dropout, x, grad)
        dropped = (np.array(training["y"]) == 0).tolist()
        test = run(dropout.eval(), x, grad)
        cases["Dropout"].append({"rate": rate, "dropped": dropped, "training": training, "test": test})

    cases["BatchNorm"] = []
    for momentum, eps in ((0.1, 1e-5), (0.3, 0.1)):
        gamma, beta = random.uniform(0.5, 2.0, 4), draw(4)
        norm = torch.nn.BatchNorm1d(4, eps=eps, momentum=momentum, dtype=torch.float64)
        norm.load_state_dict({"weight": torch.tensor(gamma), "bias": torch.tensor(beta)}, strict=False)
        passes = []
        for n, training in ((6, True), (2, True), (9, True), (5, False), (1, False)):
            norm.train(training)
            norm.zero_grad()
            one = run(norm, 2 * draw((n, 4)) + np.array([0.0, 1.0, -3.0, 10.0]), draw((n, 4)))
            one |= {
                "training": training,
                "dgamma": norm.weight.grad.tolist(),
                "dbeta": norm.bias.grad.tolist(),
            }
            one |= {"running_mean": norm.running_mean.tolist(), "running_var": norm.running_var.tolist()}
            passes.append(one)
        settings = {"momentum": momentum, "eps": eps, "gamma": gamma.tolist(), "beta": beta.tolist()}
        cases["BatchNorm"].append(settings | {"passes": passes})

    cases["LayerNorm"] = []
    for eps in (1e-5, 0.1):
        gamma, beta = random.uniform(0.5, 2.0, 4), draw(4)
        norm = torch.nn.LayerNorm(4, eps=eps, dtype=torch.float64)
        norm.load_state_dict({"weight": torch.tensor(gamma), "bias": torch.tensor(beta)})
        passes = []
        for n in (6, 1, 4):
            norm.zero_grad()
            one = run(norm, 2 * draw((n, 4)) + np.array([0.0, 1.0, -3.0, 10.0]), draw((n, 4)))
            passes.append(one | {"dgamma": norm.weight.grad.tolist(), "dbeta": norm.bias.grad.tolist()})
        settings = {"eps": eps, "gamma": gamma.tolist(), "beta": beta.tolist()}
        cases["LayerNorm"].append(settings | {"passes": passes})
    cases["RMSNorm"] = []
    for eps in (1e-5, 0.1):
        gain = random.uniform(0.5, 2.0, 4)
        norm = torch.nn.RMSNorm(4, eps=eps, dtype=torch.float64)
        norm.load_state_dict({"weight": torch.tensor(gain)})
        passes = []
        for shape in ((6, 4), (1, 4), (3, 2, 4)):
            norm.zero_grad()
            one = run(norm, 2 * draw(shape) + np.array([0.0, 1.0, -3.0, 10.0]), draw(shape))
            passes.append(one | {"dgain": norm.weight.grad.tolist()})
        cases["RMSNorm"].append({"eps": eps, "gain": gain.tolist(), "passes": passes})
    return cases


def losses():
    random = np.random.RandomState(200)
    cases = {"softmax_cross_entropy": [], "mean_squared_error": [], "l2_penalty": []}
    for scale in (1.0, 500.0):
        z = torch.tensor(scale * random.standard_normal((7, 4)), requires_grad=True)
        labels = random.randint(0, 4, 7)
        loss = torch.nn.CrossEntropyLoss()(z, torch.tensor(labels))
        loss.backward()
        case = {
            "logits": z.tolist(),
            "labels": labels.tolist(),
            "loss": loss.item(),
            "gradient": z.grad.tolist(),
        }
        cases["softmax_cross_entropy"].append(case)
    for shape in ((7,), (7, 1), (5, 3)):
        prediction = torch.tensor(random.standard_normal(shape), requires_grad=True)
        target = random.standard_normal(shape)
        loss = torch.nn.MSELoss()(prediction, torch.tensor(target))
        loss.backward()
        case = {"prediction": prediction.tolist(), "target": target.tolist()}
        case |= {"loss": loss.item(), "gradient": prediction.grad.tolist()}
        cases["mean_squared_error"].append(case)
    for lam in (0.01, 3.0):
        weights = [torch.tensor(random.standard_normal(s), requires_grad=True) for s in ((4, 3), (3, 2))]
        loss = lam / 2 * sum((W**2).sum() for W in weights)
        loss.backward()
        case = {"lam": lam, "weights": [W.tolist() for W in weights]}
        case |= {"loss": loss.item(), "gradients": [W.grad.tolist() for W in weights]}
        cases["l2_penalty"].append(case)
    return cases


def network():
    """Thirty updates by Adam of a small network with batch normalisation: the losses and the last logits."""
    torch.manual_seed(0)
    random = np.random.RandomState(300)
    x, labels = random.standard_normal((24, 6)), random.randint(0, 3, 24)
    options = {"dtype": torch.float64}
    model = torch.nn.Sequential(
        torch.nn.Linear(6, 8, **options),
        torch.nn.Tanh(),  # were it the other way round, the bias would get only rounding noise
        torch.nn.BatchNorm1d(8, **options),
        torch.nn.Linear(8, 5, **options),
        torch.nn.LeakyReLU(0.1),
        torch.nn.Linear(5, 3, **options),
    )
    # One flat θ in our order; a weight of ours is the transpose of PyTorch's.
    theta = [p.detach().numpy().T.flatten() for p in model.parameters()]
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    path = []
    for begin in range(0, 30 * 8, 8):
        batch = np.arange(begin, begin + 8) % 24
        optimizer.zero_grad()
        loss = torch.nn.CrossEntropyLoss()(model(torch.tensor(x[batch])), torch.tensor(labels[batch]))
        loss.backward()
        optimizer.step()
        path.append(loss.item())
    logits = model.eval()(torch.tensor(x))
    return {
        "x": x.tolist(),
        "labels": labels.tolist(),
        "theta": np.concatenate(theta).tolist(),
        "losses": path,
        "logits": logits.tolist(),
    }


def muon():
    """Five updates of matrices. PyTorch orthogonalises in bfloat16, here in the float64 of all else."""
    kept, torch.Tensor.bfloat16 = torch.Tensor.bfloat16, torch.Tensor.clone
    random = np.random.RandomState(400)
    cases = []
    for shape in ((6, 4), (4, 6), (3, 3)):
        start, gradients = random.standard_normal(shape), random.standard_normal((5, *shape))
        theta = torch.nn.Parameter(torch.tensor(start.T.copy()))  # a weight of ours is the transpose
        optimizer = torch.optim.Muon([theta], lr=0.02, momentum=0.9, weight_decay=0.1)
        for gradient in gradients:
            theta.grad = torch.tensor(gradient.T.copy())
            optimizer.step()
        case = {"theta": start.tolist(), "gradients": gradients.tolist()}
        cases.append(case | {"theta_after": theta.detach().T.tolist()})
    torch.Tensor.bfloat16 = kept
    return cases


SIZES = {"tokens": 5, "length": 4, "answers": 2, "width": 4, "depth": 2, "heads": 2}


def transformer():
    """The loss and the gradient of each parameter, for each place of the norm."""
    random = np.random.RandomState(500)
    tokens, length, answers, width, depth, heads = SIZES.values()
    shapes = {"E": (tokens, width), "P": (length, width), "gain": (width,), "U": (width, tokens)}
    for block in range(depth):
        shapes |= {f"{name}{block}": (width, width) for name in "QKVO"}
        shapes |= {f"W1_{block}": (width, 4 * width), f"W2_{block}": (4 * width, width)}
        shapes |= {f"gain1_{block}": (width,), f"gain2_{block}": (width,)}
    drawn = {name: random.standard_normal(shape) for name, shape in shapes.items()}
    x, y = random.randint(0, tokens, (3, length)), random.randint(0, tokens, (3, answers))
    made = {}
    for norm in ("pre", "post", "none"):
        a = {name: torch.tensor(value, requires_grad=True) for name, value in drawn.items()}

        def normed(h, gain, a=a):
            return torch.nn.functional.rms_norm(h, (width,), a[gain], 1e-5)

        def attend(h, block, a=a):
            parts = [(h @ a[f"{name}{block}"]).unflatten(2, (heads, -1)).transpose(1, 2) for name in "QKV"]
            y = torch.nn.functional.scaled_dot_product_attention(*parts, is_causal=True)
            return y.transpose(1, 2).flatten(2) @ a[f"O{block}"]

        def feed_forward(h, block, a=a):
            return torch.relu(h @ a[f"W1_{block}"]) @ a[f"W2_{block}"]

        h = a["E"][torch.tensor(x)] + a["P"]
        for block in range(depth):
            for gain, part in ((f"gain1_{block}", attend), (f"gain2_{block}", feed_forward)):
                added = part(normed(h, gain) if norm == "pre" else h, block)
                h = normed(h + added, gain) if norm == "post" else h + added
        logits = (normed(h, "gain") if norm == "pre" else h)[:, -answers:] @ a["U"]
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), torch.tensor(y).flatten())
        loss.backward()
        slope = {name: 0 if v.grad is None else v.grad.tolist() for name, v in a.items()}
        made[norm] = {"loss": loss.item(), "gradient": slope}
    theta = {name: value.tolist() for name, value in drawn.items()}
    return {"sizes": SIZES, "theta": theta, "x": x.tolist(), "y": y.tolist(), "norms": made}


def main():
    torch.set_num_threads(1)
    for make in (optimizers, layers, losses, network, muon, transformer):
        content = {"made_with": f"PyTorch {torch.__version__}", "cases": make()}
        text = json.dumps(content, indent=None, separators=(",", ":"))
        (HERE / f"{make.__name__}.json").write_text(text + "\n")
        print(f"{make.__name__}.json: {len(text):,} characters")


if __name__ == "__main__":
    main()
