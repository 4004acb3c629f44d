"""`notec serve`: one address on loopback that speaks OpenAI's and Ollama's dialect, with the vault behind it.

A request passes the guard (who asks, from where, how much), then a dialect translates it into a verb of `app`
or hands it to the model server. Nothing here decides what an answer says.

Must not know: how anything is found, verified or compiled.
"""
