"""The outermost layer: gives each request an id, lets it in or not, and at its end writes bill and log.

It knows no routes. What a door has charged itself (api.meter) is not charged again.
"""

from hmac import compare_digest

from starlette.datastructures import Headers as Received
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import failures, state, visit
from api.asker import PERSON, Asker, address, asker, household
from api.doors import door
from api.headers import Headers
from api.lines import shown, write
from api.local import is_local
from api.meter import QUERIES, Meter
from api.remote import KEY_HEADER
from api.visit import Visit
from kg.errors import NotKnown, OverBudget
from ontology.errors import WenyuanError
from services.crawlers import family
from services.token import redacted

_LONGEST = 200


class Access:
    """The application with an id, a bill and a line in the log for each request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, and its answer back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Received(scope=scope)
        here = Visit(
            visit.request_id(headers.get("x-request-id", "")),
            scope["method"],
            redacted(scope.get("raw_path", b"").decode("ascii", "replace"))[:_LONGEST],
            door(scope["path"]),
            crawler=family(headers.get("user-agent", "")),
        )
        # Nobody leaves the visit: each request has a task of its own, and what answers a fault of ours,
        # outside of this layer, still wants to know which request it was.
        visit.enter(here)
        serving = _Serving(here, Request(scope, receive), send)
        running = state.meter(Request(scope)).figures.running
        running.inc()
        try:
            await serving.serve(self._app)
        except BaseException:
            # The framework's own layer around this one answers 500; a task that is cut answers nothing.
            here.status = here.status or 500
            raise
        finally:
            running.dec()
            serving.end()


class _Serving:
    """One request on its way."""

    def __init__(self, here: Visit, request: Request, send: Send) -> None:
        self._here, self._request, self._send = here, request, send
        self._meter: Meter = state.meter(request)
        self._asker = Asker("unknown")

    async def serve(self, app: ASGIApp) -> None:
        """Lets the request in, or answers that it must wait."""
        here, request = self._here, self._request
        try:
            self._asker = _who(request)
            here.client = shown(
                self._asker.name, is_whole=self._asker.is_key or state.settings(request).log_addresses
            )
            if not _is_exempt(request, here):
                self._meter.admit(self._asker)
        except WenyuanError as error:
            if isinstance(error, OverBudget):
                here.cost, here.outcome = 0, "over-budget"
            answer = failures.answer(request, failures.of_error(error))
            await Headers(answer)(request.scope, request.receive, self.answer)
            return
        await app(request.scope, self.receive, self.answer)

    async def receive(self) -> Message:
        """The next of the request; the time a client takes for it is not work."""
        before = self._here.seconds
        message = await self._request.receive()
        self._here.waited += self._here.seconds - before
        return message

    async def answer(self, message: Message) -> None:
        """Passes a piece of the answer on."""
        here = self._here
        if message["type"] == "http.response.start":
            here.status = message["status"]
            if here.cost is None and here.door not in QUERIES:
                self._charge()
            headers = MutableHeaders(raw=list(message["headers"]))
            headers["X-Request-Id"] = here.id
            for name, value in self._meter.headers(self._asker).items():
                headers[name] = value
            message = {**message, "headers": headers.raw}
        elif message["type"] == "http.response.body":
            here.sent += len(message.get("body", b""))
        await self._send(message)

    def end(self) -> None:
        """Does what is left when the answer is out, or its client gone."""
        for each in self._here.at_end:
            each()
        if self._here.cost is None:
            self._charge()
        self._meter.note(self._asker, self._here)
        write(self._here)

    def _charge(self) -> None:
        if _is_exempt(self._request, self._here):
            self._here.cost = 0
        else:
            self._meter.charge_visit(self._asker, self._here)


def _who(request: Request) -> Asker:
    """Who asks; an address where a key is shown that is none."""
    try:
        # What a key may depends on the space that is asked, which is not known yet: nothing may be kept.
        return asker(Request({**request.scope}))
    except NotKnown:
        return Asker(household(address(request)), rank=PERSON)


def _is_exempt(request: Request, here: Visit) -> bool:
    """The command line of this machine, with the key of its data folder, and who watches from here."""
    if not is_local(request):
        return False
    key: str = request.app.state.key
    shown = request.headers.get(KEY_HEADER, "")
    is_command = here.door == "commands" and bool(key) and compare_digest(shown.encode(), key.encode())
    return is_command or here.door in ("health", "metrics")
