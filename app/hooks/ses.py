"""`POST /hooks/ses/<token>`: events of Amazon SES, as a subscription of Amazon SNS sends them.

The token, one for ingest, says whose events they are; the signature says that AWS has sent them. SNS sends again after any answer of 5xx,
and puts what was refused with 4xx into the subscription's dead-letter queue: nothing is lost where it has one.
"""

from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint, Flask, current_app, request

from app import params
from app.auth.rights import needs
from app.errors import RefusedError, request_id
from app.handing_in import handed_in, told
from app.hooks.aws import Aws, AwsError
from app.hooks.sns import Kind, Message, SnsError, of_aws, read, verify
from app.viewer import scope
from indexer.formats.ses import SesFormat
from indexer.taking import take_records
from store.customers.roles import Right
from store.said import say

blueprint = Blueprint("ses", __name__, url_prefix="/hooks")
_KEY: Final = "portal-aws"
_SHOWN: Final = 256  # characters of a topic's name, which is AWS' own


def init_app(app: Flask, aws: Aws) -> None:
    """Ask `aws` for certificates and confirmations."""
    app.extensions[_KEY] = aws


@blueprint.post("/ses/<token>")
@needs(Right.INGEST)
def post(token: str) -> dict[str, Any]:
    """Keep the events of a message, or confirm the subscription that it asks about; answers like `POST /api/v1/events`."""
    del token  # by which app/auth/identify.py has found who sends
    params.once(request.args.lists(), ())
    message = _message(request.get_data())
    if message.type is Kind.SUBSCRIPTION:
        _confirm(message)
        return {"confirmed": message.topic_arn[:_SHOWN]}
    if message.type is Kind.END:
        current_app.logger.warning("request %s: a topic of Amazon SNS has ended its subscription", request_id())
        return {"ended": message.topic_arn[:_SHOWN]}
    taken = handed_in(lambda writer: take_records(request.get_data(), SesFormat(), writer, scope()))
    if taken.rejected:  # with what could be kept: the dead-letter queue then has all of it, which adds nothing twice
        raise RefusedError(422, "rejected", say("Not everything in the message could be kept: %(why)s.", why=taken.rejected[0][1]))
    return told(taken)


def _message(body: bytes) -> Message:
    """The message that AWS has signed. Raises `RefusedError`."""
    try:
        message = read(body)
    except SnsError as error:
        raise RefusedError(400, "not_sns", error.message) from error
    try:
        verify(message, _aws().certificate, datetime.now(UTC))
    except SnsError as error:
        raise RefusedError(403, "bad_signature", error.message) from error
    except AwsError as error:
        raise _away(error) from error
    return message


def _confirm(message: Message) -> None:
    """Have AWS send here from now on: whoever knows the token and is signed by AWS may have that. Raises `RefusedError`."""
    address = message.subscribe_url or ""
    if not of_aws(address):
        raise RefusedError(403, "foreign_address", say("SubscribeURL is no address of Amazon SNS."))
    try:
        _aws().confirm(address)
    except AwsError as error:
        raise _away(error) from error
    current_app.logger.info("request %s: a subscription of Amazon SNS is confirmed", request_id())


def _away(error: AwsError) -> RefusedError:
    current_app.logger.warning("request %s: %s", request_id(), error)
    return RefusedError(503, "aws_unavailable", say("Amazon SNS could not be asked just now. Nothing was kept. Send it again."))


def _aws() -> Aws:
    found: Aws = current_app.extensions[_KEY]
    return found
