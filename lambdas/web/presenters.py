"""What writes of either function answer alike."""

from users.change import Done
from web.representations import user_body, user_context
from web.routes import Answer


def present_user(done: Done, services: object) -> Answer:  # noqa: ARG001
    """The user as he is then."""
    profile = done.user.profile
    return Answer(
        status=done.status, body=user_body(profile), fragment="user.html", context=user_context(profile)
    )
