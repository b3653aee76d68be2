"""Which of Asterisk's modules are needed, and why. What is not listed is not loaded; left out on purpose:
codec_a_mu and bridge_native_rtp, which let sound pass the recorder by (PbxSettings.inside_codec says how)."""

from __future__ import annotations

from pathlib import Path

MODULES: dict[str, tuple[str, ...]] = {
    "ground": ("pbx_config", "res_timing_timerfd", "bridge_simple", "bridge_softmix",
               "bridge_builtin_features", "bridge_holding"),
    "SIP": ("res_pjproject", "res_sorcery_config", "res_sorcery_memory", "res_sorcery_astdb", "res_pjsip",
            "res_pjsip_session", "res_pjsip_sdp_rtp", "res_pjsip_registrar", "res_pjsip_outbound_registration",
            "res_pjsip_authenticator_digest", "res_pjsip_outbound_authenticator_digest",
            "res_pjsip_endpoint_identifier_ip", "res_pjsip_endpoint_identifier_user", "res_pjsip_caller_id",
            "res_pjsip_nat", "res_pjsip_rfc3326", "res_pjsip_dtmf_info", "res_pjsip_diversion", "res_pjsip_refer",
            "res_pjsip_pubsub", "res_pjsip_header_funcs", "res_pjsip_dlg_options", "func_pjsip_endpoint",
            "func_pjsip_contact", "func_pjsip_aor", "res_rtp_asterisk", "chan_pjsip"),
    "browser phones": ("res_http_websocket", "res_pjsip_transport_websocket", "res_crypto", "res_srtp"),
    "sound": ("codec_alaw", "codec_ulaw", "codec_gsm", "codec_resample", "codec_opus_open_source",
              "codec_opus", "res_format_attr_opus", "format_wav", "format_gsm", "format_sln", "format_pcm",
              "res_musiconhold"),
    "dialplan": ("app_playback", "app_queue", "app_dial", "app_record", "app_read", "app_echo", "app_stack",
                 "app_mixmonitor", "app_chanspy", "app_userevent", "app_celgenuserevent", "app_originate",
                 "app_senddtmf", "app_transfer", "app_verbose", "app_confbridge", "app_channelredirect",
                 "app_waitforsilence", "app_softhangup", "func_groupcount", "func_callerid", "func_channel", "func_cdr",
                 "func_env", "func_logic", "func_strings", "func_timeout", "func_hangupcause",
                 "func_dialplan", "func_db", "func_lock"),
    "our program": ("res_speech", "res_agi", "res_audiosocket", "chan_audiosocket", "app_audiosocket",
                    "res_manager_devicestate", "res_clioriginate", "res_prometheus"),
    "facts to files": ("res_cdrel_custom", "cel_custom", "cel_manager", "cdr_custom"),
}  # fmt: skip


def modules_present(directory: Path) -> list[str]:
    """Those that this Asterisk has: versions and builds differ in a few names (opus, res_cdrel_custom)."""
    wanted = [name for names in MODULES.values() for name in names]
    return [name for name in wanted if (directory / f"{name}.so").exists()]
