"""One upload, and the address of its file."""

from files.forms import Forms
from files.model import Upload, is_upload_id
from files.objects import Objects
from files.store import Store
from users.errors import Refusal
from users.model import Profile


def show_upload(store: Store, id: str, caller: Profile) -> Upload:
    """The upload, for its owner and for administrators; nobody else learns that it is there."""
    upload = store.get(id) if is_upload_id(id) else None
    if upload is None or (upload.owner != caller.id and caller.role != "admin"):
        raise Refusal("not-found")
    return upload


def file_address(objects: Objects, forms: Forms, upload: Upload, region: str) -> str:
    """A short-lived address of an upload's file, in this region's bucket unless it has not arrived there.

    :raises Refusal: it has no file, or none yet.
    """
    stored = upload.stored
    if upload.state != "done" or stored is None:
        raise Refusal("not-found")
    is_here = stored.region == region or objects.look(stored.key, stored.version) is not None
    return forms.link(upload, stored, region if is_here else stored.region)
