"""Who is told when something needs a person: what is worth telling (occasions), kept until it is told (outbox),
by mail or to a chat (channels), as a few digests instead of many messages (delivery), when Dagster says (sensors).
"""
