"""How good a model is: evaluators, metrics with intervals, obedience, reports, user studies. Knows training, engine."""
