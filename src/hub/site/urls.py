"""The addresses of the hub's pages; ``hub.web.access`` says who may open which."""

from ..web.urls import urlpatterns

__all__ = ["urlpatterns"]

handler400 = "hotleads.hub.web.errors.show_bad_request"
handler403 = "hotleads.hub.web.errors.show_forbidden"
handler404 = "hotleads.hub.web.errors.show_not_found"
handler500 = "hotleads.hub.web.errors.show_failure"
