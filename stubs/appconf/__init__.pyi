class AppConf:
    class Meta:
        prefix: str
