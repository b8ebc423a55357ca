"""Hashing and comparing passwords."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# The second recommendation of OWASP's password storage cheat sheet for argon2id.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

# Compared with where there is no account, so that an answer's time does not tell; of random bytes.
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$t23mtz3dCezzusix5j7wYw$BDllHpoHQ2gBeXkhXmh0kg9U6UnZcrRhhfU14KHSm9o"


def hash_password(password: str) -> str:
    """argon2id of a tidy password, about 30 ms of CPU."""
    return _HASHER.hash(password.encode())


def matches(password: str, password_hash: str | None) -> bool:
    """Whether this is the password; None stands for an account that does not exist and takes as long."""
    try:
        offered = password.encode("utf-8", "surrogatepass")
        return _HASHER.verify(password_hash or NOBODY, offered) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False
