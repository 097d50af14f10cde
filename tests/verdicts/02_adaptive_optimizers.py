# Runs in the lecture's kernel, after its last cell.

import re

from course_lib import surfaces
from course_lib.training import descend

# what the race shows when it opens
race = explorers.optimizer_race(
    problem="ravine", methods=("SGD", "AdaGrad", "RMSprop", "Adam"), tuned=True, count=33
)
said = race.scene().message
assert "SGD 22," in said and "AdaGrad 10 (18)" in said
leap = descend(surfaces.ravine(25).loss_and_gradient, (-1.3, 0.5), AdaGrad(10.0), 2)[0]
assert np.all(np.abs(leap[1]) > 8) and np.allclose(leap[2], leap[0], atol=0.15)
good = {name: int(count) for name, count in re.findall(r"(\w+) [\d.]+ \((\d+)\)", said)}
assert good == {"SGD": 6, "AdaGrad": 18, "RMSprop": 7, "Adam": 24}

# rare features: AdaGrad leaves less error, on nearly every fresh seed, and no best rate is at the grid's edge
paired = np.array(word_errors["SGD"]) - np.array(word_errors["AdaGrad"])
assert np.sum(paired > 0) >= 9
assert 0.6 < np.mean(word_errors["AdaGrad"]) / np.mean(word_errors["SGD"]) < 0.75
assert all(0 < best < len(word_rates) - 1 for best in best_word_rate.values())
# AdaGrad is closer for the rarest and for frequent words, where SGD's error stays level
(counts, by_sgd), (_, by_adagrad) = (error_by_count(word_runs[name]) for name in ("SGD", "AdaGrad"))
assert np.all(by_adagrad[counts < 3] < 0.9 * by_sgd[counts < 3])
assert np.all(by_adagrad[counts > 100] < 0.8 * by_sgd[counts > 100])
assert np.ptp(by_sgd[counts > 20]) < 0.7 * by_sgd[counts > 20].mean()

# once the gradient has fallen to a tenth, RMSprop's step recovers and AdaGrad's never does
assert steps["AdaGrad"][-1] < 0.03 * steps["AdaGrad"][0] and steps["RMSprop"][-1] > 0.99 * 0.1

# the learning rate of RMSprop matters: from guessing to its best
on_signals = dict(zip(rates, np.round(by_rate, 2), strict=True))
assert (on_signals[0.01], on_signals[0.0001]) == (0.63, 0.31)
assert max(on_signals, key=on_signals.get) == 0.01
assert all(accuracy < 0.12 for lr, accuracy in on_signals.items() if lr >= 0.1)
# … and Adam's default loses much against its best
adam = {lr: accuracies("Adam", lr, epochs=10).mean() for lr in rates}
assert max(adam, key=adam.get) == 0.01 and 0.09 < adam[0.01] - adam[0.001] < 0.13

# Adam with L2: one weight hardly regularised, the other crushed; AdamW treats both alike
assert with_l2[0] > 0.9 and with_l2[1] < 0.1
assert abs(with_decay[0] - with_decay[1]) < 0.05 and 0.6 < with_decay.mean() < 0.9
# these seeds: where they settle
assert [*with_l2.round(2), *with_decay.round(2)] == [0.95, 0.03, 0.74, 0.76]

# from the best constant rate schedules gain little; from twice that, warm-up with cosine is the best of all
mean = {name: values.mean() for name, values in ended.items()}
assert max(mean, key=mean.get) == "warm-up + cosine, 0.02"
assert 0.01 < mean["warm-up + cosine, 0.01"] - mean["constant, 0.01"] < 0.03
assert max(mean["step, 0.01"], mean["cosine, 0.01"]) - mean["constant, 0.01"] < 0.015
gains = [mean[f"{shape}, 0.02"] - mean["constant, 0.02"] for shape in ("step", "cosine", "warm-up + cosine")]
assert np.array_equal(np.round(gains, 2), [0.03, 0.05, 0.08])
assert 0.035 < mean["constant, 0.01"] - mean["constant, 0.02"] < 0.065
assert 0.02 < mean["warm-up + cosine, 0.02"] - mean["constant, 0.01"] < 0.045
best_constant = experiments.best(schedule_runs, "val_accuracy", "lr", largest=True, shape="constant")
assert best_constant == 0.01

# tuned, Adam leads SGD early, by less than a shared rate would make it seem, and is level with Nesterov
first, others = "the three seeds", "three others"
assert 0.085 < leads[first, "SGD", 2] < 0.095 and 0.02 < leads[first, "SGD", 40] < 0.04
assert 0.25 < shared < 0.28
assert abs(leads[first, "Nesterov", 2]) < 0.005
# on other seeds, at the same rates, it leads SGD early, too, and late no longer; Nesterov is ahead early
assert {run["seed"] for run in other_runs}.isdisjoint(run["seed"] for run in runs)
assert 0.055 < leads[others, "SGD", 2] < 0.07 and abs(leads[others, "SGD", 40]) < 0.01
assert -0.03 < leads[others, "Nesterov", 2] < -0.015
assert all(0.015 < leads[seeds, "Nesterov", 40] < 0.025 for seeds in (first, others))
assert round(late.mean(), 3) == 0.018 and round(late.std(ddof=1) / len(late) ** 0.5, 3) == 0.010
