"""The addresses of signing in: of allauth's pages those this console needs, under the names by which allauth links them."""

from allauth.account import views
from django.urls import path, re_path
from django.views.generic import RedirectView

from accounts.views.account import account_detail
from accounts.views.invitations import invitation_accept

urlpatterns = [
    path("invitations/<str:token>/", invitation_accept, name="invitation-accept"),
    path("", account_detail, name="account-detail"),
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("signup/", views.signup, name="account_signup"),  # says that accounts are made by admins
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("password/reset/key/done/", views.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    # allauth sends people here to manage addresses; ours is the one address they sign in with, given by an admin.
    path("email/", RedirectView.as_view(pattern_name="account-detail"), name="account_email"),
    path("set-password/", RedirectView.as_view(pattern_name="account_reset_password"), name="account_set_password"),
]
