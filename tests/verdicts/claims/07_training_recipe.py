# Runs in the kernel of the page of claims, after its last cell.

from course_lib.data import patients as known

# no digit is in two sets
assert duplicates == 0
assert (len(y_train), len(y_val), len(y_drawer)) == (200, 359, 678)
assert nearest(x_drawer)[1].min() > 0

# the loss before training: log 10 for small outputs, above it every time for He, far above at a wrong scale
log_10 = np.log(10)
assert abs(np.mean(initial_losses["small last layer"]) - log_10) < 0.01
assert min(initial_losses["He"]) > log_10 and abs(np.mean(initial_losses["He"]) - 2.5) < 0.1
assert abs(np.mean(initial_losses["He"]) - log_10 - variances["He"] / 2) < 0.05
assert 14 < np.mean(initial_losses["He, pixels to 16"]) < 19

network = Network([Dense(64, 64), ReLU(), Dense(64, 10)])
firsts = [network.loss(network.initialize(np.random.default_rng(s)), x_train, y_train) for s in range(2000)]
assert 0.01 < np.mean(np.array(firsts) < log_10) < 0.03

# without inputs: the entropy of the class shares, not log 10
assert 0 <= blind - entropy < 0.002 < 0.008 < log_10 - entropy
assert baselines["no input"].mean() < 0.15

# a linear model reads nine of ten, a hidden layer a little more, the nearest neighbour most
paired = baselines["one hidden layer"] - baselines["linear"]
assert round(baselines["linear"].mean(), 1) == 0.9
assert paired.mean() > 2 * paired.std(ddof=1) / np.sqrt(5) > 0
assert neighbour > baselines["one hidden layer"].mean() + 0.01
# these seeds: as the text has it
assert round(neighbour, 2) == 0.95 and round(baselines["one hidden layer"].mean(), 2) == 0.92
on_200 = [name for name in remedies if name != "200 digits more"]
neighbour_in_drawer = np.mean(nearest(x_drawer)[0] == y_drawer)
# these seeds: as the text has it
assert neighbour > max(
    members_on_val.max(),
    fresh.max(),
    searched,
    *(on_val[name].max() for name in on_200),
    val_accuracy[:, -1].max(),
)
# these seeds: as the text has it
assert neighbour_in_drawer > max(single.max(), together.max(), *(on_drawer[name].max() for name in on_200))
# digit by digit, the mean of 30 networks beside it: more than two standard errors of counting
ahead = (nearest(x_drawer)[0] == y_drawer) - right.mean(axis=0)
assert ahead.mean() > 0.01
# these seeds: as the text has it
assert ahead.mean() > 2 * ahead.std(ddof=1) / np.sqrt(len(ahead))

# which test catches which bug, and each seed says the same
assert caught == {
    "none": [],
    "pixels to 255": ["first loss"],
    "labels moved by one": [],
    "softmax twice": ["one batch"],
    "ReLU backward wrong": ["gradient"],
    "first layer frozen": ["gradient"],
    "validation in training": [],
}
first_loss, one_batch, gradient_error, read = np.moveaxis(np.array(list(reports.values())), -1, 0)
assert np.all((abs(first_loss - log_10) > 5) | (abs(first_loss - log_10) < 0.1))
assert np.all((one_batch > 1) | (one_batch < 0.03))
assert np.all((gradient_error > 1e-2) | (gradient_error < 1e-7))
assert reports["softmax twice"][:, 1].min() > np.log(np.e + 9) - 1
assert reports["labels moved by one"][:, 3].max() < 0.2
assert reports["validation in training"][:, 3].min() == 1 > reports["none"][:, 3].max() + 0.03

# more data is the only remedy that helps on both sets; batch norm's sign depends on the digits
gains = {
    name: (on_val[name] - on_val["nothing"], on_drawer[name] - on_drawer["nothing"])
    for name in remedies
    if name != "nothing"
}
in_errors = {
    name: [gain.mean() / (gain.std(ddof=1) / np.sqrt(12)) for gain in both] for name, both in gains.items()
}
assert min(in_errors["200 digits more"]) > 3
assert max(in_errors["dropout 0.5"]) < 1 and max(in_errors["moved copies"]) < -3
# these seeds: as the text has it
assert max(in_errors["L2, λ = 0.01"]) < 1
# these seeds: as the text has it
assert -3 < in_errors["batch norm"][0] < -2 and 5 < in_errors["batch norm"][1] < 6
apart = gains["batch norm"][1] - gains["batch norm"][0]
# these seeds: as the text has it
assert apart.mean() > 3 * apart.std(ddof=1) / np.sqrt(12)

# a search's winner is lucky, too: on fresh seeds it reads less, and no more than the setting before
assert fresh.mean() + 2 * fresh.std(ddof=1) / np.sqrt(10) < searched
assert abs((fresh - before).mean()) < 2 * (fresh - before).std(ddof=1) / np.sqrt(10)

# an ensemble beats the average member by half a point and equals the best in hindsight
paired = together - single.mean(axis=1)
in_hindsight = together.mean() - single.max(axis=1).mean()
assert 0 < paired.mean() < 0.008 and -0.008 < in_hindsight < 0.002 and ensemble_loss < member_loss
# these seeds: as the text has it
assert paired.mean() > 0.003 and paired.mean() > 3 * paired.std(ddof=1) / np.sqrt(6) and paired.min() >= 0
# these seeds: as the text has it
assert abs(in_hindsight) < 0.002
# what validation chooses is an average member: within two standard errors of six draws, and no correlation
assert chosen.mean() - single.mean() < 2 * single.std(ddof=1) / np.sqrt(6) and abs(agreement) < 0.4

# training longer: in each of five runs the loss rises, the errors do not
assert np.all((lowest >= 10) & (lowest < 40)) and rise.min() > 1.2
assert abs(late - at_lowest).max() < 0.02 and (late - at_lowest).mean() > -0.005
# these seeds: as the text has it
assert np.all(late >= at_lowest)

# the best of ten flatters by more than half a point; on other digits its winners are average
assert 0.005 < best_of_ten - of_seeds.mean() < 0.01
# these seeds: as the text has it
assert abs(best_of_ten - of_seeds.mean() - gains["200 digits more"][1].mean()) < 0.003
assert flattered - on_even.mean() > 0.005
assert abs(elsewhere - on_odd.mean()) < 0.004

# who trains as the healthy one, and who is not seen in validation either
assert alike == {known.AT_TEST, known.NEVER_UPDATED, known.NO_MEAN_PATH, known.STILL_DROPPING, known.FAN_OUT}
assert hidden == {known.NO_MEAN_PATH, known.FAN_OUT}

# warm-up gains two points at a rate twice as large, more at larger ones; clipping gains nothing at its best
warm_gain, clip_gain = warm_gains["each at its best η"].values()
assert round(warm_gain.mean()) == 2 and warm_gain.min() > 1 and own["warm-up"] == 2 * own[NEITHER] == 0.01
assert abs(clip_gain.mean()) < 2 * clip_gain.std(ddof=1) / np.sqrt(3)
at_rates = [gains["warm-up"].mean() for title, gains in list(warm_gains.items())[1:]]
assert at_rates == sorted(at_rates) and 5 < at_rates[-1] < 6 and RATES[-1] == 4 * own[NEITHER]
