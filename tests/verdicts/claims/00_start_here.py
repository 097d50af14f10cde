# Runs in the kernel of the page of claims, after its last cell.

# two offsets in one neuron do one job
assert rank == 2 and max(offset_errors) < 1e-12

# descent arrives at the analytic solution, down to rounding
assert above[10] > above[100] > above[2000] > 1e-10 and abs(above[20_000]) < 1e-14

# with small batches the loss rises often, with all examples never; both learn
assert rises["all examples"] == 0 and 0.4 < rises["32 examples"] < 0.55
assert abs(by_batch["all examples"][-50:].mean() - by_batch["32 examples"][-50:].mean()) < 0.05
