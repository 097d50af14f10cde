# Runs in the lecture's kernel, after its last cell.

# no digit is in two sets
assert duplicates == 0

# the loss before training: log 10 for small outputs, a little above for He, far above at a wrong scale
log_10 = np.log(10)
assert abs(np.mean(initial_losses["small last layer"]) - log_10) < 0.02
assert 0.1 < np.mean(initial_losses["He"]) - log_10 < 0.4
assert np.mean(initial_losses["He, pixels to 16"]) > 4 * log_10

# without inputs: the entropy of the class shares; a linear model reads nine of ten; a hidden layer helps
assert 0 <= baselines["no input"].train_loss[-1] - entropy < 0.02
assert baselines["no input"].val_accuracy[-1] < 0.2
assert 0.86 < baselines["linear"].val_accuracy[-1] < baselines["one hidden layer"].val_accuracy[-1]

# which test catches which bug
assert caught == {
    "none": [],
    "pixels to 255": ["first loss"],
    "labels moved by one": [],
    "softmax twice": ["one batch"],
    "ReLU backward wrong": ["gradient"],
    "first layer frozen": ["gradient"],
    "validation in training": [],
}
assert reports["softmax twice"][1] > np.log(np.e + 9) - 1
assert reports["labels moved by one"][3] < 0.3
assert reports["validation in training"][3] > reports["none"][3] + 0.04

# it overfits
assert overfitted.train_accuracy[-1] == 1 and overfitted.val_loss[-1] > 5 * overfitted.train_loss[-1]

# more data is the only remedy that certainly helps: gains in standard errors
gains = {name: accuracy - remedy_accuracy["nothing"] for name, accuracy in remedy_accuracy.items()}
standard_errors = {name: gain.std(ddof=1) / np.sqrt(8) for name, gain in gains.items()}
assert gains["200 digits more"].mean() > 5 * standard_errors["200 digits more"]
for name in ("dropout 0.5", "L2, λ = 0.01"):
    assert abs(gains[name].mean()) < 2 * standard_errors[name]
assert gains["batch norm"].mean() < 0
assert max(gain.mean() for name, gain in gains.items() if name != "200 digits more") < 0.006

# a search's winner is lucky, too
assert np.mean(fresh) < searched - 0.003

# an ensemble beats the average member, not the best in hindsight; what validation chooses is an average one
assert single.mean() < together.mean() < single.max(axis=1).mean()
assert abs(chosen.mean() - single.mean()) < 0.004
assert ensemble_loss < member_loss

# training longer: the loss rises by half, the errors do not
assert 20 < lowest < 300 and val_loss[-1] > 1.3 * val_loss[lowest]
assert abs(val_accuracy[-100:].mean() - val_accuracy[lowest]) < 0.012

# the best of ten flatters by half a point; on other digits its winners are average
assert 0.003 < best_of_ten - test_accuracy.mean() < 0.012
without_data = [gain.mean() for name, gain in gains.items() if name != "200 digits more"]
assert best_of_ten - test_accuracy.mean() > max(without_data)
assert flattered - on_even.mean() > 0.004
assert abs(elsewhere - on_odd.mean()) < 0.003
assert counting > 0.01
