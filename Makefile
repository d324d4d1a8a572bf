# The commands of the project; `make help` lists them.
CARGO  ?= cargo
GILSIM  = $(CARGO) run --release --locked --quiet --
TUNED   = $(wildcard experiments/tune-*.toml)
FILES   = $(filter-out $(TUNED),$(wildcard experiments/*.toml))

.PHONY: help experiments tune quick figures traces reports compare claims validate check-validation ablations test test-all coverage fuzz lint bench bench-instructions bench-precision bench-recorder clean-results

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-19s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

experiments: ## Run what is missing of experiments/: CSV and JSON into data/, figures into plots/ (all: FLAGS=--fresh)
	$(GILSIM) run $(FLAGS) $(FILES)

tune: ## Find the best settings of experiments/tune-*.toml: tables into data/, figures into plots/
	$(GILSIM) tune $(FLAGS) $(TUNED)

quick: ## The same with few replications, into target/quick/, to see that everything works
	$(GILSIM) run --quick --data target/quick/data --plots target/quick/plots $(FILES)

figures: ## Draw the figures again from the results in data/
	$(GILSIM) plot $(FILES)
	$(GILSIM) tune --redraw $(TUNED)
	$(GILSIM) validate --redraw
	$(CARGO) test --locked --quiet --bench versus -- --redraw

traces: ## Run single cells with the recorder on: the timelines plots/trace-*
	$(GILSIM) trace --format png -o plots/trace-cpython2 --cell lock.policy=cpython2 --cell machine.cores=2 --cell pool.count.workers=2 --window 100ms..100.1ms experiments/old-and-new-gil.toml
	$(GILSIM) trace --format png -o plots/trace-cpython3 --cell lock.policy=cpython --cell machine.cores=2 --cell pool.count.workers=2 --window 0s..100ms experiments/old-and-new-gil.toml
	$(GILSIM) trace --format png -o plots/trace-convoy --cell lock.switch_interval=5ms --cell thread.hog.count=2 --window 1s..1.1s experiments/convoy.toml

reports: ## Write a page with an interactive timeline for each experiment: reports/
	for file in $(FILES); do $(GILSIM) report $$file || exit 1; done

compare: ## Compare simulated with published values, as Markdown tables
	@$(GILSIM) compare $(FILES)

claims: ## Tell which published claims about GILs the results bear out, as a Markdown table
	@$(GILSIM) claims

validate: ## Compare predicted with measured values of real interpreters: data/validation*.csv, plots/validation.png
	@$(GILSIM) validate

check-validation: ## Fail if the predictions are worse than the committed table says
	@$(GILSIM) validate --check

ablations: ## Turn the mechanisms of the model off, one at a time: data/ablations.csv
	@$(GILSIM) ablate

test: ## Run the fast tests
	$(CARGO) test --locked

test-all: ## Run all tests
	$(CARGO) test --locked -- --include-ignored

coverage: ## Count how often 95 % intervals of means and percentiles hold the exact value, and kills that a run survives
	$(CARGO) test --locked --test integration -- --include-ignored --nocapture coverage:: control_variates:: quantiles:: interruptions::a_process_killed

fuzz: ## Try a million broken experiment files on the reader: optimised, with all assertions and overflow checks
	$(CARGO) test --locked --test integration -- --ignored --nocapture fuzz::

lint: ## Check format, lints and documentation
	$(CARGO) fmt --check
	$(CARGO) fmt --check --manifest-path benches/peers/Cargo.toml
	$(CARGO) clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps --quiet

bench: ## Measure the speed beside simcore, nexosim and SimPy: data/bench*, plots/bench.* (a first look: FLAGS=--quick)
	$(CARGO) build --release --locked --quiet
	$(CARGO) test --locked --quiet --bench versus -- --gilsim $(CURDIR)/target/release/gilsim $(FLAGS)

bench-instructions: ## Fail if a simulated acquisition takes 2 % more instructions than it did (anew: FLAGS=--update)
	$(CARGO) build --release --locked --quiet
	benches/instructions $(FLAGS) target/release/gilsim

bench-precision: ## Tell how many runs each experiment takes to a throughput precise to 1 %: data/precision.csv
	$(CARGO) build --release --locked --quiet
	$(CARGO) test --locked --quiet --bench precision -- --gilsim $(CURDIR)/target/release/gilsim $(FLAGS)

bench-recorder: ## Fail if the recorder costs over 2 % of the instructions while it is off
	$(CARGO) build --release --locked --quiet
	benches/recorder target/release/gilsim

clean-results: ## Remove all results and figures
	rm -rf data/*.csv data/*.json data/.runs plots/*
