"""Retention rules: made, looked at with what they would remove, put in force, stopped."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import StaffRequest, requires
from accounts.roles import Permission
from memory_ui.keyset import cursor_of, keyset_page
from privacy import retaining
from privacy.models import RetentionRule
from privacy.requesting import NotPossible


class RuleForm(forms.Form):
    """A rule to be made."""

    what = forms.ChoiceField(label="What goes", choices=RetentionRule.What.choices)
    days = forms.IntegerField(
        label="After how many days",
        min_value=1,
        max_value=36_500,
        error_messages={
            "min_value": "At least one day.",
            "max_value": "At most 36,500 days, which is a hundred years.",
            "invalid": "Write the number of days, for example 365.",
        },
    )


@require_http_methods(["GET"])
@requires(Permission.READ_REQUESTS)
def rule_list(request: StaffRequest) -> HttpResponse:
    """The rules, the newest first."""
    return _list(request, RuleForm())


@require_http_methods(["POST"])
@requires(Permission.HANDLE_REQUESTS)
def rule_create(request: StaffRequest) -> HttpResponse:
    """Make a rule; it is looked at before it is put in force."""
    form = RuleForm(request.POST)
    if not form.is_valid():
        return _list(request, form, status=422)
    rule = retaining.make(form.cleaned_data["what"], form.cleaned_data["days"], request.user)
    return redirect("rule-detail", rule.pk)


@require_http_methods(["GET"])
@requires(Permission.READ_REQUESTS)
def rule_detail(request: StaffRequest, rule_pk: UUID) -> HttpResponse:
    """One rule with what it would remove now."""
    rule = get_object_or_404(RetentionRule.objects.select_related("created_by", "approved_by"), pk=rule_pk)
    context = {
        "rule": rule,
        "preview": retaining.preview(rule),
        "trouble": retaining.approval_trouble(rule, request.user),
        "letta_keeps": retaining.LETTA_KEEPS,
    }
    return render(request, "privacy/rule_detail.html", context)


@require_http_methods(["POST"])
@requires(Permission.READ_REQUESTS)
def rule_start(request: StaffRequest, rule_pk: UUID) -> HttpResponse:
    """Put a rule in force; who may depends on what it removes."""
    rule = get_object_or_404(RetentionRule, pk=rule_pk)
    try:
        retaining.put_in_force(rule, request.user)
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "The rule is in force: it is applied now, and every day from now on.")
    return redirect("rule-detail", rule.pk)


@require_http_methods(["POST"])
@requires(Permission.HANDLE_REQUESTS)
def rule_stop(request: StaffRequest, rule_pk: UUID) -> HttpResponse:
    """Apply a rule no more."""
    rule = get_object_or_404(RetentionRule, pk=rule_pk)
    try:
        retaining.stop(rule, request.user)
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "The rule is stopped. What it removed stays removed.")
    return redirect("rule-detail", rule.pk)


def _list(request: StaffRequest, form: RuleForm, status: int = 200) -> HttpResponse:
    rows = RetentionRule.objects.select_related("created_by", "approved_by")
    page = keyset_page(rows, ("-created_at", "-id"), cursor_of(request.GET))
    return render(request, "privacy/rule_list.html", {"form": form, "page": page}, status=status)
