# Each target runs one command in the course's environment, which bootstrap.py creates when needed.
PYTHON ?= $(or $(shell command -v python3 2>/dev/null),$(shell command -v python 2>/dev/null),$(error Python is missing: install Python 3.11 or newer, then run make again))
RUN = @"$(PYTHON)" bootstrap.py

.PHONY: lab test test-all demo-class bench release lint tidy

lab:  ## open JupyterLab on the course; PORT=9000 chooses a port
	$(RUN) course lab $(if $(PORT),--port "$(PORT)")

test:  ## run the tests that answer soon
	$(RUN) pytest --numprocesses 2 -m "not slow and not browser"

test-all:  ## run all tests
	$(RUN) pytest --numprocesses 2

demo-class:  ## grade a simulated class with nbgrader
	$(RUN) course demo-class

bench:  ## measure speed, as ratios
	$(RUN) python bench

release:  ## regenerate assignments/ and write the students' bundle to dist/
	$(RUN) course release $(UNIT)

lint:  ## check the style of code and notebooks, and the types
	$(RUN) ruff check
	$(RUN) ruff format --check
	$(RUN) mypy
	$(RUN) course tidy --check

tidy:  ## bring code and notebooks into style
	$(RUN) ruff format
	$(RUN) course tidy
