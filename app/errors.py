"""From what went wrong to an answer: one table of types, one JSON shape, one page; never an engine's text or a stack trace."""

from dataclasses import asdict, dataclass, replace
from typing import Final

from flask import Flask, Response, current_app, g, render_template, request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import ClientDisconnected, HTTPException, MethodNotAllowed
from werkzeug.sansio.response import Response as PlainResponse

from app.body import BodyEndedError
from app.hosts import REQUEST_ID
from app.language import for_programs, said
from app.params import BadParameterError
from store.accounts import BadAccountError
from store.addresses import BadAddressError
from store.errors import (
    AbandonedError,
    AbsentError,
    BadCursorError,
    BadQueryError,
    ConflictError,
    NotFoundError,
    StoreBusyError,
    StoreUnavailableError,
)
from store.phones import BadNumberError
from store.said import Said, say

_MISSING: Final = say("There is no such event here. It may have expired, or the link is incomplete.")
_NO_ACCOUNT: Final = say("There is no such account here. Check the address, or search for a part of it at /accounts.")
_NOWHERE: Final = say("There is nothing at this address. It may be misspelt or no longer in use. The list of events is at /events.")
_CURSOR: Final = say("The cursor is not one that this portal gave out for this order. Leave cursor out to start from the first page.")
_ANSWERED_BY_ITSELF: Final = {"HEAD", "OPTIONS"}  # methods that nobody needs to be told of
_TOO_MANY: Final = 429  # RFC 6585, 4
_UNEXPECTED: Final = say(
    "Something went wrong on our side. Nothing was changed. If it happens again, give the request id to the operators."
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One error as it is shown; `position` and `end` are 0-based characters of q, `fix` is a whole corrected query."""

    code: str
    message: str
    position: int | None = None
    end: int | None = None
    fix: str | None = None


# What those of our own errors are to a client that say too little themselves.
_OURS: Final = {
    BadCursorError: (400, Problem("bad_cursor", _CURSOR)),
    AbsentError: (404, Problem("not_found", _NO_ACCOUNT)),  # before the kind of error that it is one of
    NotFoundError: (404, Problem("not_found", _MISSING)),
}
_LATE: Final = Problem("body_late", say("The rest of the request did not come, or too slowly. Send it again."))
# What Flask refuses by itself, with a cure in place of its sentence.
_FLASK: Final = {
    400: Problem("bad_request", say("The request cannot be read. Check its address and parameters.")),
    404: Problem("not_found", _NOWHERE),
    413: Problem("too_large", say("The request is larger than this page takes. Send less at a time.")),  # a form too large for its page
}


def problem_of(error: Exception) -> tuple[int, Problem]:
    """The HTTP status and the problem for an error; what is not expected becomes a 500 that says nothing of its cause."""
    match error:
        case BadQueryError(fault=fault):
            return 400, Problem(fault.code, said(fault.message), fault.start, fault.end, fault.fix)
        case BadParameterError(message=message):
            return 400, Problem("bad_parameter", said(message))
        case BadNumberError() | BadAddressError() | BadAccountError() | ConflictError():
            return _of_account(error)
        case StoreUnavailableError():  # its text says what is wrong and what to do
            text = said(error.args[0] if error.args else "")
            return 503, Problem("store_busy" if isinstance(error, StoreBusyError) else "store_unavailable", text)
        case RefusedError(status=status, problem=problem):
            return status, _translated(problem)
        case _:
            return _by_kind(error)


def _by_kind(error: Exception) -> tuple[int, Problem]:
    """The same for what says too little itself."""
    if isinstance(error, BodyEndedError | ClientDisconnected):
        return 408, _translated(_LATE)
    if isinstance(error, ParseException):  # a body in chunks that are none
        return 400, _translated(_FLASK[400])
    if isinstance(error, HTTPException) and error.code == _TOO_MANY:
        return _TOO_MANY, Problem("too_many_requests", said(_patience(_wait())))
    if isinstance(error, MethodNotAllowed):
        taken = ", ".join(sorted(set(error.valid_methods or ()) - _ANSWERED_BY_ITSELF))
        return 405, Problem("method_not_allowed", said(say("This address does not take that method. Use %(methods)s.", methods=taken)))
    if isinstance(error, HTTPException) and error.code in _FLASK:
        return error.code, _translated(_FLASK[error.code])
    status, problem = next((known for kind, known in _OURS.items() if isinstance(error, kind)), (500, Problem("unexpected", _UNEXPECTED)))
    return status, _translated(problem)


def _wait() -> int:
    """Seconds until somebody who asked too often may ask again."""
    return int(g.get("wait", 60))


def _patience(seconds: int) -> Said:
    if seconds < 120:  # noqa: PLR2004 - two minutes: above it seconds are not counted
        return say("That was tried too often. Try again in %(seconds)s seconds.", seconds=seconds)
    return say("That was tried too often. Try again in %(minutes)s minutes.", minutes=-(-seconds // 60))


def _of_account(error: BadNumberError | BadAddressError | BadAccountError | ConflictError) -> tuple[int, Problem]:
    """The same for what is wrong with a change of an account."""
    text = said(error.args[0])
    match error:
        case BadNumberError(code=code):
            return 422, Problem(f"number_{code}", text)
        case BadAddressError(code=code):
            return 422, Problem(f"address_{code}", text)
        case ConflictError():
            return 409, Problem("conflict", text)
        case _:
            return 422, Problem("bad_account", text)


def _translated(problem: Problem) -> Problem:
    return replace(problem, message=said(problem.message))


class RefusedError(Exception):
    """A request that this portal does not take, before anything is read for it; the text says why and what to do."""

    def __init__(self, status: int, code: str, message: Said) -> None:
        super().__init__(message)
        self.status = status
        self.problem = Problem(code, message)


def request_id() -> str:
    """The id of this request, in its answer and in the log; `app/observed.py` has made it."""
    known: str = request.environ[REQUEST_ID]
    return known


def body(problem: Problem) -> dict[str, dict[str, str | int | None]]:
    """The one shape of an error in JSON."""
    return {"error": asdict(problem) | {"request_id": request_id()}}


def init_app(app: Flask) -> None:
    """Answer every error of this application here."""
    app.register_error_handler(Exception, _answer)
    app.jinja_env.globals["request_id"] = request_id


def _answer(error: Exception) -> Response | PlainResponse:
    """The answer to an error; redirects, which Flask raises too, pass."""
    if isinstance(error, HTTPException) and error.code is not None and error.code < 400:  # noqa: PLR2004 - where HTTP's errors begin
        return error.get_response()
    status, problem = problem_of(error)
    if isinstance(error, AbandonedError):  # nobody reads the answer, and nothing is wrong
        current_app.logger.info("%s", error, extra={"request_id": request_id()})
    elif status >= 500:  # noqa: PLR2004 - where HTTP's server errors begin
        # What the store says is the last word of its cause, whose traceback is the one that tells where.
        cause = error.__cause__ if isinstance(error, StoreUnavailableError) else error
        route = request.url_rule.rule if request.url_rule else None
        about = {"request_id": request_id(), "route": route, "status": status}
        current_app.logger.error("%s: %s", type(error).__name__, error, exc_info=cause or False, extra=about)
    if for_programs():
        response = current_app.json.response(body(problem))
    else:
        response = Response(render_template("error.html", problem=problem, status=status))
    response.status_code = status
    if isinstance(error, HTTPException):  # Allow on a 405
        response.headers.extend((name, value) for name, value in error.get_headers() if name == "Allow")
    if status == 401:  # noqa: PLR2004 - Unauthorized
        response.headers["WWW-Authenticate"] = "Bearer"  # RFC 6750, 3
    if status == 503:  # noqa: PLR2004 - Service Unavailable
        response.headers["Retry-After"] = "30"
    if status == _TOO_MANY:
        response.headers["Retry-After"] = str(_wait())
    return response
