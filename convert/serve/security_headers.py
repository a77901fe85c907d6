"""The security headers of every response: isolation and a Content-Security-Policy."""

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = (
    "default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'"
)
PAGE_POLICY = _POLICY.format(scripts="'self' 'wasm-unsafe-eval'")
WORKER_POLICY = _POLICY.format(scripts="'self' 'wasm-unsafe-eval' 'unsafe-eval'")
"""MuJoCo's bindings are made with `new Function`: the simulation worker may, and nothing else."""
TRAIN_POLICY = f"{PAGE_POLICY}; connect-src 'self' https: http://localhost:* http://127.0.0.1:*"
"""The page that trains may ask a language model for a reward, at the address that its user writes there."""

ISOLATION = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
"""The first two make the page cross-origin isolated: a precise clock, and `Atomics.wait`."""

TRAIN = "train.html"
_WORKER = re.compile(r"/?assets/sim-worker-[\w-]+\.js")


def security_headers(path: str) -> list[tuple[bytes, bytes]]:
    """The headers of the response for `path`, as ASGI and h11 take them."""
    policy = WORKER_POLICY if _WORKER.fullmatch(path) else TRAIN_POLICY if path == f"/{TRAIN}" else PAGE_POLICY
    headers = {**ISOLATION, "Content-Security-Policy": policy}
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


class SecurityHeaders:
    """Middleware, the outermost: the headers are on errors too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Adds the headers to the start of the response."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *security_headers(scope["path"])]
            await send(message)

        await self.app(scope, receive, send_with_headers)
