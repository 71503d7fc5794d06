from django.db.models.signals import post_save
from django.dispatch import receiver

from django_inapp_notifications.models import Notification
from django_stripe_payments.models import Payment
from tournaments.models import Participant, Tournament


@receiver(post_save, sender=Payment)
def handle_payment_success(sender, instance, **kwargs):
    if instance.status == 'succeeded' and instance.payment_type == 'tournament_fee':
        tournament_id = instance.metadata.get('tournament_id')
        if tournament_id:
            # Register user for tournament
            tournament = Tournament.objects.get(id=tournament_id)
            Participant.objects.create(
                tournament=tournament,
                user=instance.user,
                payment=instance
            )

            # Send confirmation notification
            Notification.create_notification(
                user=instance.user,
                title='Registration Confirmed!',
                message=f'You are registered for {tournament.name}',
                notification_type='tournament',
                priority='high',
                delivery_methods=['in_app', 'email']
            )
