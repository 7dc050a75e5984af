"""Bounded load on a server of this machine: one request after another, at a fixed rate, or as fast as it answers."""

import socket
import threading
import time
from collections.abc import Callable, Sequence
from itertools import count

PATIENCE = 30.0  # seconds for an answer


def build_request(path: str, body: bytes) -> bytes:
    """Return a POST of JSON as the bytes of the wire."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return f"{head}\r\n\r\n".encode() + body


class Connection:
    """An open connection to a port of this machine."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, message: bytes) -> bytes:
        """Return the body of the response. Raises RuntimeError where the status is not 200."""
        self._socket.sendall(message)
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._received()
        head, _, body = received.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        if b" 200 " not in lines[0]:
            raise RuntimeError(f"{lines[0].decode()}: {body[:300].decode(errors='replace')}")
        length = next(int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:"))
        while len(body) < length:
            body += self._received()
        return body

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def _received(self) -> bytes:
        part = self._socket.recv(262_144)
        if not part:
            raise RuntimeError("the server hung up")
        return part


def send_one_by_one(port: int, requests: Sequence[bytes], times: int) -> None:
    """Send so many requests over one connection."""
    connection = Connection(port)
    for number in range(times):
        connection.ask(requests[number % len(requests)])
    connection.close()


def send_at_rate(
    port: int, requests: Sequence[bytes], rate: float, seconds: float, connections: int = 4
) -> list[float]:
    """Return the latency in seconds of each of ``rate`` requests a second, from the instant at which it was due."""
    took: list[float] = []
    starts, numbers = time.perf_counter() + 0.05, count()

    def ask(connection: Connection) -> None:
        while (number := next(numbers)) < rate * seconds:
            due = starts + number / rate
            time.sleep(max(due - time.perf_counter(), 0.0))
            connection.ask(requests[number % len(requests)])
            took.append(time.perf_counter() - due)

    _with_connections(port, connections, ask)
    return took


def send_as_answered(port: int, requests: Sequence[bytes], seconds: float, connections: int = 4) -> float:
    """Return the requests a second while every connection has one in flight."""
    numbers, ends = count(), time.perf_counter() + seconds
    answered: list[int] = []

    def ask(connection: Connection) -> None:
        while time.perf_counter() < ends:
            number = next(numbers)
            connection.ask(requests[number % len(requests)])
            answered.append(number)

    started = time.perf_counter()
    _with_connections(port, connections, ask)
    return len(answered) / (time.perf_counter() - started)


def _with_connections(port: int, connections: int, work: Callable[[Connection], None]) -> None:
    """Run ``work`` in a thread for each connection, and raise what the first that failed raised."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            connection = Connection(port)
            work(connection)
            connection.close()
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=run) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
