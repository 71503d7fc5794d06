from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from .. import clock
from ..disputes import evidence, evidence_fields
from ..exceptions import StripePaymentsError
from ..models import Dispute, EvidenceFile
from .base import ReadOnlyAdmin, ReadOnlyInline, change_link, pretty_json


class EvidenceForm(forms.Form):
    """Stripe's evidence fields. Saving replaces the draft; an empty field is dropped."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in evidence.TEXTS:
            self.fields[name] = forms.CharField(
                label=evidence_fields.TEXTS[name],
                required=False,
                widget=forms.Textarea(attrs={"rows": 2}),
            )
        for name in evidence.FILES:
            self.fields[name] = forms.FileField(
                label=evidence_fields.FILES[name],
                required=False,
                widget=forms.FileInput(attrs={"accept": ",".join(evidence.FILE_TYPES)}),
            )

    def texts(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in evidence.TEXTS}

    def uploads(self) -> list[tuple[str, Any]]:
        uploads = ((name, self.cleaned_data.get(name)) for name in evidence.FILES)
        return [(name, file) for name, file in uploads if file]


class DueFilter(admin.SimpleListFilter):
    title = _("evidence")
    parameter_name = "evidence"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("Needs a response")), ("soon", _("Due within a week"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        unanswered = queryset.filter(status__in=Dispute.OPEN_STATUSES, submitted_at=None)
        if self.value() == "soon":
            return unanswered.filter(evidence_due_by__lte=clock.now() + timedelta(days=7))
        return unanswered


class EvidenceFileInline(ReadOnlyInline):
    model = EvidenceFile
    show_change_link = False
    fields = ["purpose", "name", "stripe_id", "created_at"]


@admin.register(Dispute)
class DisputeAdmin(ReadOnlyAdmin):
    """Disputes, with a page to respond to one."""

    list_display = [
        "stripe_id",
        "payment_link",
        "amount_shown",
        "status",
        "reason",
        "evidence_due_by",
        "submitted_at",
    ]
    list_filter = [DueFilter, "status", "reason", "livemode", "created_at"]
    list_select_related = ["payment"]
    search_fields = ["stripe_id", "charge_id", "payment__stripe_id", "payment__description"]
    exclude = ["evidence"]
    readonly_fields = ["amount_shown", "evidence_shown"]
    inlines = [EvidenceFileInline]
    change_form_template = "admin/django_stripe_payments/dispute/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        answer = path(
            "<int:dispute_id>/evidence/",
            self.admin_site.admin_view(self.evidence_view),
            name="django_stripe_payments_dispute_evidence",
        )
        return [answer, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context["can_answer"] = _may_answer(request) and _is_open(kwargs.get("obj"))
        return super().render_change_form(request, context, *args, **kwargs)

    def evidence_view(self, request: HttpRequest, dispute_id: int) -> HttpResponse:
        """Draft and submit the evidence for a dispute."""
        if not _may_answer(request):
            raise PermissionDenied
        dispute = Dispute.objects.filter(pk=dispute_id).first()
        if dispute is None:
            raise Http404
        form = EvidenceForm(request.POST or None, request.FILES or None, initial=dispute.evidence)
        if request.method == "POST" and form.is_valid() and self._answer(request, dispute, form):
            return HttpResponseRedirect(_page(dispute))
        files = dispute.files.all()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Evidence"),
            "dispute": dispute,
            "form": form,
            "opts": self.opts,
            "files": [(evidence_fields.label(each.purpose), each.name) for each in files],
            "is_open": _is_open(dispute),
        }
        template = "admin/django_stripe_payments/dispute/evidence.html"
        return TemplateResponse(request, template, context)

    def _answer(self, request: HttpRequest, dispute: Dispute, form: EvidenceForm) -> bool:
        try:
            evidence.stage(dispute, form.texts())
            for purpose, file in form.uploads():
                evidence.add_file(
                    dispute,
                    purpose,
                    file.name,
                    file,
                    size=file.size,
                    content_type=file.content_type,
                )
            if "submit" in request.POST:
                evidence.submit(dispute)
        except StripePaymentsError as error:
            self.message_user(request, str(error), messages.ERROR)
            return False
        text = _("Evidence submitted to Stripe.") if "submit" in request.POST else _("Draft saved.")
        self.message_user(request, text, messages.SUCCESS)
        return True

    @admin.display(description=_("payment"))
    def payment_link(self, dispute: Dispute) -> SafeString | str:
        return change_link(dispute.payment)

    @admin.display(description=_("amount"), ordering="amount")
    def amount_shown(self, dispute: Dispute) -> str:
        return f"{dispute.amount_display} ({dispute.currency.upper()})"

    @admin.display(description=_("evidence"))
    def evidence_shown(self, dispute: Dispute) -> SafeString:
        return pretty_json(dispute.evidence)


def _may_answer(request: HttpRequest) -> bool:
    return request.user.has_perm("django_stripe_payments.submit_evidence")


def _is_open(dispute: Any) -> bool:
    return dispute is not None and dispute.takes_evidence


def _page(dispute: Dispute) -> str:
    return reverse("admin:django_stripe_payments_dispute_change", args=[dispute.pk])
