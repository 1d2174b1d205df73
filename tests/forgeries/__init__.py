"""Forged signatures and misread tokens, made in the manner of Wycheproof's JSON Web Signature vectors

Wycheproof's own tokens (`test_wycheproof.py`) do not reach the signature check of a verifier that asks for `typ`,
`kid` and seven claims, so these are made here: each is right in everything but the one thing that its name says.
"""
