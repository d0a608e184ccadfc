# What each command does stands in the script of the same name.
.DEFAULT_GOAL := help
.PHONY: help run db demo test test-faults test-clients test-contract test-pgtap check bench schema docs postgres redis clean

help: ## Lists these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

run: ## Serves the API on 127.0.0.1:8080, with a PostgreSQL of its own and sample data
	@scripts/run

db: ## Starts that PostgreSQL alone, prints its URL and keeps it until Ctrl-C
	@scripts/db

demo: ## Plays a story against a running server: SYSTEM=split (a bill), export, pantry, whatsapp or all
	@scripts/demo

test: ## Runs all tests
	@scripts/test

test-faults: ## Breaks everything under the running service, at full length (minutes; root)
	@scripts/test-faults

test-contract: ## Tests the API against its OpenAPI document, with schemathesis (minutes)
	@scripts/test-contract

test-clients: ## Generates clients in Python, TypeScript and Rust, and tools for agents, and has each split a bill
	@scripts/test-clients

test-pgtap: ## Tests row security in SQL, with pgTAP, where that is installed or can be
	@scripts/test-pgtap

check: ## Checks format, lints, documentation and the schema's Rust files
	@scripts/check

bench: ## Measures the service against a bare handler, pgbench, COPY and raw AES-256-GCM
	@scripts/bench

schema: ## Prints the schema's Rust files anew, after a change of the migrations
	@scripts/schema

docs: ## Builds the documentation of the crates, and the book
	@scripts/docs

postgres: ## Puts PostgreSQL into target/, where it is not installed and cannot be
	@scripts/postgres --package

redis: ## Puts Redis into target/ for the tests, where it is not installed and cannot be
	@scripts/redis --package

clean: ## Removes what was built, and the embedded database with its keys
	@scripts/clean
