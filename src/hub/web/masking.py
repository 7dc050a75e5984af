"""Personal fields as pages show them before somebody asks: enough to tell two people apart, not to reach one."""

from ..models import Contact

_HIDDEN = "•••"


def mask_email(email: str | None) -> str:
    """Return a•••@g•••.com."""
    if not email:
        return ""
    local, _, domain = email.partition("@")
    name, _, ending = domain.rpartition(".")
    return f"{local[:1]}{_HIDDEN}@{name[:1]}{_HIDDEN}.{ending}"


def mask_phone(phone: str | None) -> str:
    """Return the last two digits."""
    return f"{_HIDDEN}{phone[-2:]}" if phone else ""


def mask_name(name: str | None) -> str:
    """Return the initials."""
    return " ".join(f"{word[:1]}." for word in (name or "").split()[:3])


def describe_contact(contact: Contact, is_revealed: bool) -> dict[str, str]:
    """Return what a page shows of somebody: masked, or as it is once they asked for it."""
    if is_revealed:
        return {"email": contact.email or "", "phone": contact.phone or "", "name": contact.name or ""}
    return {
        "email": mask_email(contact.email),
        "phone": mask_phone(contact.phone),
        "name": mask_name(contact.name),
    }
