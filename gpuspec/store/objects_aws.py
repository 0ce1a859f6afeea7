"""AWS credentials as AWS's own tools find them: profiles, single sign-on, roles. Needs boto3."""

import boto3  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped]
from obstore.auth.boto3 import Boto3CredentialProvider

from gpuspec.errors import StateError


def aws_credentials(place: str) -> Boto3CredentialProvider:
    """The credentials of the environment or of its profile, and its region.

    Args:
        place: How the state is called in messages.

    Raises:
        StateError: There are none, or the profile can't be used.
    """
    try:
        return Boto3CredentialProvider(boto3.Session())
    except (BotoCoreError, ValueError):
        message = f"{place}: no AWS credentials were found, neither in the environment nor in a profile."
        hint = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        raise StateError(message, hint=hint) from None
