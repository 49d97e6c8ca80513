"""The addresses of the settings that are about people and keys."""

from django.urls import path

from accounts.views import invitations, keys, people

urlpatterns = [
    path("", people.settings_detail, name="settings-detail"),
    path("people/", people.person_list, name="person-list"),
    path("people/<uuid:person_pk>/", people.person_detail, name="person-detail"),
    path("people/<uuid:person_pk>/deactivate/", people.person_deactivate, name="person-deactivate"),
    path("people/<uuid:person_pk>/reactivate/", people.person_reactivate, name="person-reactivate"),
    path("invitations/", invitations.invitation_list, name="invitation-list"),
    path("invitations/new/", invitations.invitation_create, name="invitation-create"),
    path("invitations/<uuid:invitation_pk>/renew/", invitations.invitation_renew, name="invitation-renew"),
    path("invitations/<uuid:invitation_pk>/revoke/", invitations.invitation_revoke, name="invitation-revoke"),
    path("keys/", keys.key_list, name="key-list"),
    path("keys/new/", keys.key_create, name="key-create"),
    path("keys/<uuid:key_pk>/revoke/", keys.key_revoke, name="key-revoke"),
]
