"""Which keys name a secret, told by the key alone."""

import re
from functools import lru_cache

# Written together in any key: DB_PASSWORD, clientSecret, APIKEY.
ANYWHERE = re.compile(r"PASSWORD|PASSWD|PASSPHRASE|SECRET|APIKEY|CREDENTIAL")
# A token is one; many tokens are a number of words, and TOKENIZERS_PARALLELISM belongs to a library.
AS_A_WORD = re.compile(r"(?:^|_)(?:\w*TOKEN|PAT|PWD|O?AUTH|AUTHORIZATION)(?=_|$)|_PASS(?=_|$)")
KEYS = re.compile(r"(?:API|PRIVATE|ACCESS|SSH|ENCRYPTION|SIGNING|LICENSE|LICENCE)_KEY(?=_|$)")
# What tells where a secret is, what kind it is, or how large.
ABOUT_A_SECRET = re.compile(
    r"_(?:FILE|PATH|DIR|TYPE|NAME|ID|MODE|METHOD|ENABLED|TTL|TIMEOUT|LIMIT|COUNT|LENGTH|SIZE)$|^(?:MAX|MIN|NUM|N)_"
)
NOT_SECRET = frozenset({"PWD", "OLDPWD"})

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SEPARATOR = re.compile(r"[^A-Za-z0-9]+")


@lru_cache(maxsize=4096)
def looks_secret(key: str) -> bool:
    """Whether a field or an environment variable with this name most likely holds a secret.

    In doubt it does: `HF_TOKEN`, `dbPassword`, `AWS_ACCESS_KEY_ID`; but not `MAX_TOKENS` or `TOKEN_FILE`.
    """
    words = _SEPARATOR.sub("_", _HUMP.sub("_", key)).strip("_").upper()
    if words in NOT_SECRET:
        return False
    if KEYS.search(words):
        return True
    return ABOUT_A_SECRET.search(words) is None and bool(ANYWHERE.search(words) or AS_A_WORD.search(words))
