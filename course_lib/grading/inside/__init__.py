"""All that runs inside the sandbox, beside a student's code. Nothing here knows a right answer.

server       waits with everything imported and forks a process for each run
namespaces   what that process can see and reach, and how much it may use
runner       plays a request in it: the notebook's cells, and the probes of the checks
shell        IPython, keeping a cell's outputs as Jupyter would show them
"""
