"""Register, log in, log out, edit one's own profile: through the functions."""

from tests.lambdas.api import Api


def should_register_log_in_show_and_log_out(api: Api) -> None:
    registered = api.register(email=" Ada@Example.COM ", password="correct horse", name=" Ada ")
    assert registered.status == 201
    assert registered.json["email"] == "ada@example.com"
    session = api.log_in("ada@example.com", "correct horse")
    assert session.status == 201
    cookie = session.headers["set-cookie"].partition(";")[0]
    me = api("GET", "/users/me", headers={"cookie": cookie})
    assert (me.status, me.json) == (200, registered.json)
    out = api("DELETE", "/sessions/current", headers={"cookie": cookie, "sec-fetch-site": "same-origin"})
    assert (out.status, out.text) == (204, "")
    assert out.headers["set-cookie"].startswith("__Host-session=; Max-Age=0")
