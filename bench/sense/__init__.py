"""The model that senses danger, kind and duty: its corpus, its training, and how well it hears voices it never heard.

python -m bench.sense.make                     train on the training voices and write dispatch/sense/model.npz
python -m bench sense                          measure by cross-validation over the training voices
python -m bench.sense.held_out "what changed"  measure once on the held-out voices, and note it in their log
"""
