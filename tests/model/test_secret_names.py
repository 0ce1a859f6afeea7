"""Which keys name a secret."""

import pytest

from gpuspec.model.secret_names import looks_secret


@pytest.mark.parametrize(
    "key",
    [
        "HF_TOKEN", "TOKEN", "hf_token", "hftoken", "githubToken", "x-auth-token", "ACCESS_TOKEN_PROD", "TOKEN_SECRET",
        "PASSWORD", "DB_PASSWORD", "dbPassword", "MYSQL_ROOT_PASSWORD", "PASSWD", "PASSPHRASE", "DB_PASS", "DB_PWD",
        "SECRET", "clientSecret", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "API_KEY", "apiKey", "APIKEY",
        "OPENAI_API_KEY", "WANDB_API_KEY_2", "PRIVATE_KEY", "ssh-key", "CREDENTIALS", "GOOGLE_CREDENTIAL",
        "AUTH", "imageAuth", "Authorization", "OAUTH", "GITHUB_PAT",
    ],
)  # fmt: skip
def test_these_keys_name_a_secret(key: str) -> None:
    """Whatever their case and their separators."""
    assert looks_secret(key)


@pytest.mark.parametrize(
    "key",
    [
        "", "RUN", "imageUrl", "imageAuthId", "MAX_TOKENS", "MAX_TOKEN", "NUM_TOKENS", "TOKENIZERS_PARALLELISM",
        "tokenizer", "AUTHOR", "AUTH_TYPE", "TOKEN_FILE", "TOKEN_PATH", "SECRET_NAME", "PASSWORD_TTL", "PWD", "OLDPWD",
        "PATH", "KEY", "key", "CACHE_KEY", "PASS_THROUGH", "COMPASS", "CPATH", "networkStorageId",
    ],
)  # fmt: skip
def test_these_keys_name_none(key: str) -> None:
    """Numbers of tokens, places and kinds of secrets, and words that only sound alike."""
    assert not looks_secret(key)
