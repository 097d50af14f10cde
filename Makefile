# Each target runs one command in the course's environment, which bootstrap.py creates when needed.
PYTHON ?= $(or $(shell command -v python3 2>/dev/null),$(shell command -v python 2>/dev/null),$(error Python is missing: install Python 3.11 or newer, then run make again))
RUN = @"$(PYTHON)" bootstrap.py
DEV = $(RUN) --dev

.PHONY: lab hub test test-all demo-class book lite wheel bench release lint tidy

lab:  ## open JupyterLab on the course; PORT=9000 chooses a port
	$(RUN) course lab $(if $(PORT),--port "$(PORT)")

hub:  ## try a class on a small JupyterHub; PORT=9000 chooses a port
	$(DEV) course hub $(if $(PORT),--port "$(PORT)")

test:  ## run the tests that answer soon
	$(DEV) pytest --numprocesses 2 -m "not slow and not browser"

test-all:  ## run all tests
	$(DEV) pytest --numprocesses 2

demo-class:  ## grade a simulated class with nbgrader
	$(RUN) course demo-class

book:  ## build the web book in dist/book; RELEASE=folder takes Pyodide's release from there, LAB=dist/lite leads to make lite
	$(DEV) python book $(if $(RELEASE),--release "$(RELEASE)") $(if $(LAB),--lab "$(LAB)")

lite:  ## build the course for JupyterLite in dist/lite; RELEASE=folder as for book
	$(DEV) python book/lite.py $(if $(RELEASE),--release "$(RELEASE)")

wheel:  ## build the library that students have as a wheel in dist/
	$(DEV) python book/course_wheel.py

bench:  ## measure speed, as ratios
	$(DEV) python bench

release:  ## regenerate assignments/ and write the students' bundle to dist/
	$(RUN) course release $(UNIT)

lint:  ## check the style of code and notebooks, the types, and who imports whom
	$(DEV) ruff check
	$(DEV) ruff format --check
	$(DEV) mypy
	$(DEV) lint-imports
	$(DEV) course tidy --check

tidy:  ## bring code and notebooks into style
	$(DEV) ruff format
	$(DEV) course tidy
