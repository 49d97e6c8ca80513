"""Lists saved as CSV, and what each person opened last."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('subjects', '0004_timeline'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ListExport',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('filters', models.JSONField()),
                ('state', models.CharField(choices=[('writing', 'Being written'), ('ready', 'Ready'), ('failed', 'Failed')], default='writing', max_length=10)),
                ('failure', models.CharField(blank=True, max_length=200)),
                ('rows_done', models.IntegerField(default=0)),
                ('rows_expected', models.IntegerField(default=0)),
                ('after', models.CharField(blank=True, max_length=64)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('ended_at', models.DateTimeField(null=True)),
                ('wake_at', models.DateTimeField(default=django.utils.timezone.now, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ListPart',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('position', models.IntegerField()),
                ('content', models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name='Opened',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('opened_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.AddField(
            model_name='listexport',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='listpart',
            name='list_export',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='subjects.listexport'),
        ),
        migrations.AddField(
            model_name='opened',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='opened',
            name='subject',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='subjects.subject'),
        ),
        migrations.AddIndex(
            model_name='listexport',
            index=models.Index(fields=['created_at'], name='subjects_list_export_age'),
        ),
        migrations.AddIndex(
            model_name='listexport',
            index=models.Index(condition=models.Q(('wake_at__isnull', False)), fields=['wake_at'], name='subjects_list_export_wake'),
        ),
        migrations.AddConstraint(
            model_name='listpart',
            constraint=models.UniqueConstraint(fields=('list_export', 'position'), name='subjects_list_part_once'),
        ),
        migrations.AddIndex(
            model_name='opened',
            index=models.Index(fields=['person', '-opened_at'], name='subjects_opened_newest'),
        ),
        migrations.AddConstraint(
            model_name='opened',
            constraint=models.UniqueConstraint(fields=('person', 'subject'), name='subjects_opened_once'),
        ),
    ]
