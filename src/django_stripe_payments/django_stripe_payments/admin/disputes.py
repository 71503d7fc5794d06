from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from .. import clock, money
from ..disputes import evidence, evidence_fields
from ..exceptions import StripePaymentsError
from ..models import Dispute, EvidenceFile
from . import search
from .base import ReadOnlyAdmin, ReadOnlyInline, change_link, pretty_json
from .columns import badge, person
from .evidence_form import EvidenceForm, filled, known
from .export import ExportAdmin


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
class DisputeAdmin(ExportAdmin, ReadOnlyAdmin):
    """Disputes, with a page to respond to one."""

    list_display = [
        "stripe_id",
        "payment_link",
        "person",
        "amount_shown",
        "state",
        "reason_shown",
        "evidence_due_by",
        "submitted_at",
    ]
    list_filter = [DueFilter, "status", "reason", "livemode", "created_at"]
    list_select_related = ["payment__user"]
    date_hierarchy = "created_at"
    search_fields = ["stripe_id", "charge_id"]
    searched = [search.payment_fields]
    exclude = ["evidence"]
    readonly_fields = ["evidence_shown"]
    totals = ["amount", "amount_withdrawn"]
    export_columns = (
        (_("Created"), lambda dispute: dispute.created_at.isoformat(" ", "seconds")),
        (_("Payment"), lambda dispute: dispute.payment and dispute.payment.description),
        (_("User"), lambda dispute: dispute.payment and dispute.payment.user),
        (_("Currency"), lambda dispute: dispute.currency.upper()),
        (_("Amount"), lambda dispute: money.to_decimal(dispute.amount, dispute.currency)),
        (_("Status"), lambda dispute: dispute.status_label),
        (_("Reason"), lambda dispute: dispute.reason_label),
        (_("Evidence due by"), lambda dispute: dispute.evidence_due_by),
        (_("Submitted"), lambda dispute: dispute.submitted_at),
        (_("Stripe ID"), lambda dispute: dispute.stripe_id),
    )
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
        if "confirmed" in request.POST:
            return self._submit(request, dispute)
        # Once a draft was saved, an empty field was emptied on purpose.
        initial = dispute.evidence or known(dispute)
        form = EvidenceForm(request.POST or None, request.FILES or None, initial=initial)
        if request.method == "POST" and form.is_valid() and self._save(request, dispute, form):
            if "submit" in request.POST:
                return self._evidence_page(
                    request, dispute, "submit_evidence", filled=filled(dispute)
                )
            return HttpResponseRedirect(_page(dispute))
        files = [(evidence_fields.label(each.purpose), each.name) for each in dispute.files.all()]
        return self._evidence_page(request, dispute, "evidence", form=form, files=files)

    def _evidence_page(
        self, request: HttpRequest, dispute: Dispute, template: str, **more: Any
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Evidence"),
            "dispute": dispute,
            "opts": self.opts,
            "is_open": _is_open(dispute),
            **more,
        }
        name = f"admin/django_stripe_payments/dispute/{template}.html"
        return TemplateResponse(request, name, context)

    def _submit(self, request: HttpRequest, dispute: Dispute) -> HttpResponse:
        try:
            evidence.submit(dispute)
        except StripePaymentsError as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.message_user(request, _("Evidence submitted to Stripe."), messages.SUCCESS)
        return HttpResponseRedirect(_page(dispute))

    def _save(self, request: HttpRequest, dispute: Dispute, form: EvidenceForm) -> bool:
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
        except StripePaymentsError as error:
            self.message_user(request, str(error), messages.ERROR)
            return False
        if "submit" not in request.POST:
            self.message_user(request, _("Draft saved."), messages.SUCCESS)
        return True

    @admin.display(description=_("user"), ordering="payment__user")
    def person(self, dispute: Dispute) -> SafeString | str:
        return person(dispute.payment.user if dispute.payment else None)

    @admin.display(description=_("status"), ordering="status")
    def state(self, dispute: Dispute) -> SafeString:
        return badge(dispute.status, capfirst(dispute.status_label))

    @admin.display(description=_("reason"), ordering="reason")
    def reason_shown(self, dispute: Dispute) -> str:
        return dispute.reason_label or "-"

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
