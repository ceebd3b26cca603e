"""A real SMTP server (aiosmtpd) that takes mails, or is in one of the moods that such servers have.

smtp_server.py MOOD FOLDER: takes, defers, refuses, hangs, closes. Its port is in FOLDER/port. What it took is in
FOLDER/<n>.json as a mail program reads it: to, subject, message_id, text, html. Ends when FOLDER/stop is there, or after
a minute."""

import asyncio
import email
import email.policy
import json
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP


class Moody:
    def __init__(self, mood, folder):
        self.mood, self.folder, self.taken = mood, folder, 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.mood == "defers":
            return "451 4.7.1 greylisted, come again"
        if self.mood == "refuses":
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server, session, envelope):
        if self.mood == "hangs":
            await asyncio.sleep(60)
        if self.mood == "closes":
            server.transport.abort()
            return "250 never heard"
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        part = lambda kind: mail.get_body((kind,)).get_content().replace("\r\n", "\n")
        told = {"to": envelope.rcpt_tos, "subject": mail["subject"], "message_id": mail["message-id"],
                "text": part("plain"), "html": part("html"), "defects": [str(one) for one in mail.defects]}
        unfinished = self.folder / "unfinished"
        unfinished.write_text(json.dumps(told))
        unfinished.rename(self.folder / f"{self.taken}.json")
        self.taken += 1
        return "250 taken"


async def main(mood, folder):
    loop = asyncio.get_running_loop()
    moody = Moody(mood, folder)
    server = await loop.create_server(lambda: SMTP(moody, enable_SMTPUTF8=True), "127.0.0.1", 0)
    unfinished = folder / "unfinished"
    unfinished.write_text(str(server.sockets[0].getsockname()[1]))
    unfinished.rename(folder / "port")
    for _ in range(600):
        if (folder / "stop").exists():
            return
        await asyncio.sleep(0.1)


asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
