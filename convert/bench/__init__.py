"""Measures the budgets: throughput, latencies, bytes, start-up."""
