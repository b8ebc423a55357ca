"""The first people: an administrator and 25 users, registered through the API like anybody else."""

import asyncio
import json
import secrets
from collections.abc import Mapping

import aiohttp
from botocore.exceptions import BotoCoreError, ClientError
from yarl import URL

from local.aws import Aws
from local.operating import operate
from local.retrying import BusyError, request, retrying
from local.trouble import TroubleError

PEOPLE = (
    ("li.wei", "李伟", "zh-CN"),
    ("wang.fang", "王芳", "zh-CN"),
    ("zhang.min", "张敏", "zh-CN"),
    ("liu.yang", "刘洋", "zh-CN"),
    ("chen.jing", "陈静", "zh-CN"),
    ("yang.lei", "杨磊", "zh-CN"),
    ("zhao.na", "赵娜", "zh-CN"),
    ("huang.qiang", "黄强", "zh-CN"),
    ("zhou.xiaolan", "周晓岚", "zh-CN"),
    ("wu.jiahao", "吴嘉豪", "zh-CN"),
    ("ouyang.xue", "欧阳雪", "zh-CN"),
    ("lin.zhiyuan", "林志远", "zh-CN"),
    ("amara.okafor", "Amara Okafor", "en"),
    ("bjorn.lindqvist", "Björn Lindqvist", "en"),
    ("carmen.ruiz", "Carmen Ruiz", "en"),
    ("dmitri.volkov", "Dmitri Volkov", "en"),
    ("eleni.papadaki", "Eleni Papadaki", "en"),
    ("fatima.haddad", "Fatima Haddad", "en"),
    ("grace.mutua", "Grace Mutua", "en"),
    ("henry.clarke", "Henry Clarke", "en"),
    ("ines.carvalho", "Inês Carvalho", "en"),
    ("jun.tanaka", "Jun Tanaka", "en"),
    ("kiri.ngata", "Kiri Ngata", "en"),
    ("lars.de-vries", "Lars de Vries", "en"),
    ("maeve.obrien", "Maeve O’Brien", "en"),
)
"""Name before the @, name, language."""

AT_ONCE = 4
"""Registrations at once; more would only start more processes of the function."""

PASSING = frozenset({"slow-down", "unavailable", "write-conflict"})
"""Codes of the operator function with which it may be called again."""


class Seed:
    """Talks to the deployed app: to one region's API, with the headers that the edge would add."""

    def __init__(self, api: URL, headers: Mapping[str, str]) -> None:
        self._users = api / "api/v1/users"
        self._sessions = api / "api/v1/sessions"
        self._headers = headers

    async def plant(
        self, administrator: Mapping[str, str], *, aws: Aws, region: str, operator_function: str
    ) -> bool:
        """Register whoever is missing; False when the administrator's log-in shows that it was done before.

        The administrator comes last, so that a seeding that was interrupted is done again.
        """
        async with aiohttp.ClientSession(headers=self._headers) as session:
            if await self._logs_in(session, administrator):
                return False
            turns = asyncio.Semaphore(AT_ONCE)

            async def register(email: str, name: str, locale: str, password: str) -> None:
                body = {"email": email, "name": name, "locale": locale, "password": password}
                trouble = f"{email} could not be registered"
                async with turns:
                    answer = await request(session, "POST", self._users, body=body, trouble=trouble)
                if answer.status not in {201, 409}:
                    raise TroubleError(f"{trouble} ({answer.status}): {answer.text}")

            await asyncio.gather(
                *(
                    register(f"{local}@example.com", name, locale, secrets.token_urlsafe(12))
                    for local, name, locale in PEOPLE
                )
            )
            await register(administrator["email"], "Administrator", "en", administrator["password"])
            await _appoint(aws, region, operator_function, administrator["email"])
            if not await self._logs_in(session, administrator):
                raise TroubleError(
                    "The administrator's password is not the one that was printed before: "
                    "`make clean` forgets all data, then start anew."
                )
        return True

    async def _logs_in(self, session: aiohttp.ClientSession, administrator: Mapping[str, str]) -> bool:
        trouble = "Nobody can log in"
        answer = await request(session, "POST", self._sessions, body=dict(administrator), trouble=trouble)
        if answer.status == 201:
            return bool(json.loads(answer.text)["user"]["role"] == "admin")
        if answer.status == 401:
            return False
        raise TroubleError(f"{trouble} ({answer.status}): {answer.text}")


async def _appoint(aws: Aws, region: str, function: str, email: str) -> None:
    """Make the administrator one; doing it again changes nothing."""
    trouble = f"{email} could not be made an administrator"

    async def attempt() -> None:
        try:
            result = await asyncio.to_thread(
                operate, aws, region, function, {"do": "appoint", "email": email}
            )
        except (TroubleError, BotoCoreError, ClientError) as error:
            raise BusyError(str(error)) from error
        if result.get("code") in PASSING:
            raise BusyError(json.dumps(result))
        if not result.get("ok"):
            raise TroubleError(f"{trouble} ({json.dumps(result)}).")

    await retrying(attempt, trouble=trouble)


async def warm_up(origins: Mapping[str, tuple[URL, Mapping[str, str]]]) -> None:
    """Call each function of the API once in each region: the first call of each starts a process."""
    calls = (("GET", "health/ready"), ("GET", "users"), ("DELETE", "sessions/current"))
    async with aiohttp.ClientSession() as session:
        await asyncio.gather(
            *(
                request(
                    session,
                    method,
                    url / "api/v1" / path,
                    headers=headers,
                    trouble=f"{region} does not work: when a new try does not help, `make clean` forgets all "
                    f"data and starts anew. {method} /{path} failed",
                )
                for region, (url, headers) in origins.items()
                for method, path in calls
            )
        )
