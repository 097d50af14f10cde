"""Run PyTorch's lines of docs/pytorch.md and write what came, as pytorch_page.json beside this script.

    torch-env/bin/python tests/goldens/make_page.py

The environment is that of make_goldens.py. Everything is float64, but for what is said of 16 bits.
"""

import json
from pathlib import Path

import numpy as np
import torch
from page import RATES, STEPS, batches, drawn, programs, rows, sizes

SPACE = {"torch": torch, "np": np}


def optimisers(line):
    params = [torch.nn.Parameter(torch.tensor(drawn(1, 4, 3).T.copy()))]
    optimizer = eval(line, SPACE | {"params": params})
    for step in range(STEPS):
        params[0].grad = torch.tensor(drawn(100 + step, 4, 3).T.copy())
        optimizer.step()
    return params[0].detach().T.tolist()


def rates(line):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler, seen = eval(line, SPACE | {"optimizer": optimizer}), []
    for _ in range(RATES):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return seen


def first_weights(line):
    torch.manual_seed(0)
    W = torch.empty(300, 400)
    eval(line, SPACE | {"W": W})
    squares = (W.T @ W).diagonal()
    return {"deviation": W.std().item(), "most": W.abs().max().item(), "square": squares.mean().item()}


def layers(line):
    module = eval(line, SPACE)
    parameters = {name: drawn(2, *value.shape) for name, value in module.named_parameters()}
    module.load_state_dict({name: torch.tensor(value) for name, value in parameters.items()}, strict=False)
    x = torch.tensor(2 * drawn(3, 5, 4) + 1, requires_grad=True)
    y = module.train()(x)
    y.backward(torch.tensor(drawn(4, *y.shape)))
    tested = module.eval()(x).tolist()
    given = {name: value.tolist() for name, value in parameters.items()}
    return {"parameters": given, "y": y.tolist(), "dx": x.grad.tolist(), "tested": tested}


def losses(line):
    z, t = torch.tensor(drawn(5, 6, 3)), torch.tensor(drawn(6, 6, 3))
    return eval(line, SPACE | {"z": z, "p": z, "t": t, "y": torch.arange(6) % 3}).item()


def around_a_step(line):
    """What the gradient, or the average after three updates, or the penalty is."""
    model = torch.nn.Linear(3, 1, bias=False)
    model.weight.data = torch.tensor(drawn(7, 1, 3))
    model.weight.grad = torch.tensor(5 * drawn(8, 1, 3))
    W = model.weight.detach().clone()
    came = eval(line, SPACE | {"params": model.parameters(), "model": model, "W": W})
    if isinstance(came, torch.nn.Module):
        for step in range(3):
            model.weight.data = torch.tensor(drawn(20 + step, 1, 3))
            came.update_parameters(model)
        return came.module.weight.tolist()
    return came.item() if "W" in line else model.weight.grad.tolist()


def in_16_bits(line):
    return eval(line, SPACE | {"g": torch.tensor(sizes(), dtype=torch.float32)}).tolist()


def loop(heading, dtype):
    """The losses of PyTorch's program below a heading."""
    torch.set_default_dtype(dtype)
    given, start = batches()
    tensors = [(torch.tensor(x, dtype=dtype), torch.tensor(y)) for x, y in given]
    space = SPACE | {"batches": tensors, "start": torch.tensor(start, dtype=dtype), "losses": []}
    exec(programs(heading)[1], space)
    return space["losses"]


def made():
    """What comes of each line, and of both loops."""
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    lines = {
        line: run(line)
        for heading, run in (
            ("Optimisers", optimisers),
            ("Rates", rates),
            ("First weights", first_weights),
            ("Layers", layers),
            ("Losses", losses),
            ("Around a step", around_a_step),
            ("In 16 bits", in_16_bits),
        )
        for _, line in rows(heading)
    }
    return {
        "lines": lines,
        "loop": loop("The loop", torch.float64),
        "loop_in_16_bits": loop("In 16 bits", torch.float32),
    }


def main():
    content = {"made_with": f"PyTorch {torch.__version__}"} | made()
    text = json.dumps(content, separators=(",", ":"))
    (Path(__file__).parent / "pytorch_page.json").write_text(text + "\n")
    print(f"{len(content['lines'])} lines, {len(text):,} characters")


if __name__ == "__main__":
    main()
