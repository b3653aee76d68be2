"""How well and how fast speech is recognised: the test sentences, played, heard and counted."""
