"""The addresses of the pages, each with the name by which ``access`` knows it. None holds personal data."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import URLPattern, URLResolver, path, re_path

from .views import (
    audit,
    connections,
    credentials,
    demo,
    erasures,
    installation,
    jobs,
    launches,
    leads,
    profile,
    tokens,
    updates,
    uploads,
    users,
)

_SIGN_IN: list[URLPattern | URLResolver] = [
    path("account/login/", account.login, name="account_login"),
    path("account/logout/", account.logout, name="account_logout"),
    path("account/inactive/", account.account_inactive, name="account_inactive"),
    path("account/reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("account/password/", account.password_change, name="account_change_password"),
    re_path(
        r"^account/link/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("account/password/done/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("account/factors/", mfa.index, name="mfa_index"),
    path("account/factors/authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("account/factors/reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("account/factors/totp/activate/", totp.activate_totp, name="mfa_activate_totp"),
    path("account/factors/totp/deactivate/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("account/factors/codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("account/factors/codes/generate/", recovery_codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("account/factors/codes/download/", recovery_codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("account/factors/passkeys/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("account/factors/passkeys/add/", webauthn.add_webauthn, name="mfa_add_webauthn"),
    path("account/factors/passkeys/login/", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path(
        "account/factors/passkeys/reauthenticate/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"
    ),
    path("account/factors/passkeys/<int:pk>/edit/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
    path("account/factors/passkeys/<int:pk>/remove/", webauthn.remove_webauthn, name="mfa_remove_webauthn"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", launches.show_home, name="home"),
    path("account/", profile.edit_profile, name="profile"),
    *_SIGN_IN,
    path("launches/new/<slug:strategy>/", launches.create_launch, name="launch_create"),
    path("launches/<int:launch_id>/", launches.show_launch, name="launch_detail"),
    path("launches/<int:launch_id>/edit/", launches.edit_launch, name="launch_edit"),
    path("launches/<int:launch_id>/score/", launches.score_launch, name="launch_score"),
    path("leads/", leads.list_leads, name="lead_list"),
    path("leads/find/", leads.find_lead, name="lead_find"),
    path("leads/export/", leads.export_leads, name="lead_export"),
    path("leads/<int:contact_id>/", leads.show_lead, name="lead_detail"),
    path("leads/<int:contact_id>/reveal/", leads.reveal_lead, name="lead_reveal"),
    path("leads/<int:contact_id>/erase/", erasures.create_erasure, name="erasure_create"),
    path("privacy/erasures/", erasures.list_erasures, name="erasure_list"),
    path("privacy/erasures/<int:erasure_id>/", erasures.show_erasure, name="erasure_detail"),
    path("uploads/", uploads.list_uploads, name="upload_list"),
    path("uploads/new/", uploads.create_upload, name="upload_create"),
    path("uploads/template.csv", uploads.get_template, name="upload_template"),
    path("uploads/<int:upload_id>/", uploads.show_upload, name="upload_detail"),
    path("uploads/<int:upload_id>/import/", uploads.import_one, name="upload_import"),
    path("jobs/", jobs.list_jobs, name="job_list"),
    path("jobs/update/", jobs.update_everything, name="job_update"),
    path("jobs/<int:job_id>/", jobs.show_job, name="job_detail"),
    path("jobs/<int:job_id>/cancel/", jobs.cancel_one, name="job_cancel"),
    path("users/", users.list_users, name="user_list"),
    path("users/new/", users.create_user, name="user_create"),
    path("users/<int:user_id>/", users.edit_user, name="user_edit"),
    path("users/<int:user_id>/link/", users.make_link, name="user_link"),
    path("users/<int:user_id>/reset-factors/", users.reset_factors, name="user_reset_factors"),
    path("connections/", connections.list_connections, name="connection_list"),
    path("connections/new/", connections.create_connection, name="connection_create"),
    path("connections/<int:connection_id>/", connections.show_connection, name="connection_detail"),
    path("connections/<int:connection_id>/rotate/", connections.rotate_one, name="connection_rotate"),
    path("connections/<int:connection_id>/replay/", connections.replay_one, name="connection_replay"),
    path("connections/<int:connection_id>/remove/", connections.remove_one, name="connection_remove"),
    path("credentials/", credentials.list_credentials, name="credential_list"),
    path("credentials/new/", credentials.create_credential, name="credential_create"),
    path("credentials/<int:credential_id>/", credentials.show_credential, name="credential_detail"),
    path("credentials/<int:credential_id>/rotate/", credentials.rotate_one, name="credential_rotate"),
    path("credentials/<int:credential_id>/revoke/", credentials.revoke_one, name="credential_revoke"),
    path("oauth/token", tokens.ThrottledTokenView.as_view(), name="oauth_token"),
    path("audit/", audit.list_entries, name="audit_list"),
    path("settings/", installation.edit_settings, name="installation_settings"),
    path("settings/updates/", updates.change_updates, name="installation_updates"),
    path("settings/demo/", demo.remove_demo, name="demo_remove"),
]
