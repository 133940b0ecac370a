"""What made-up people write, what updates tell them, and what colleagues note. Invented, all of it.

Updates keep to the rules of `broadcast.verify`: they begin neutrally and hold the same figures in
each language.
"""

from bot.cases import CaseKind

QUESTIONS: dict[str, tuple[str, ...]] = {
    "es": (
        "hola, como saco el carnet",
        "buenas donde hay comida para mis niños",
        "me pueden ayudar con el alquiler",
        "cuanto demora el refugio",
        "el colegio no quiere recibir a mi hija",
        "xfa donde atienden gratis, estoy embarazada",
        "no me pagaron el mes",
        "gracias!!",
        "q documentos llevo a la cita",
        "hay albergue en Tumbes?",
        "es verdad que dan bonos por internet",
        "mi permiso vence este mes que hago",
    ),
    "en": ("where can I apply for asylum", "is there food near here", "thank you"),
    "pt": ("como faço o registro", "onde tem abrigo", "obrigado"),
    "fr": ("où demander l'asile", "il y a un médecin ?", "merci"),
    "ht": ("ki kote mwen ka jwenn manje", "mwen bezwen papye", "mèsi"),
}

# Title, and the text by language. %(place)s is the area's name.
UPDATES: tuple[tuple[str, dict[str, str]], ...] = (
    (
        "Feria de salud",
        {
            "es": "Este sábado hay feria de salud en %(place)s: vacunas y control de niños, "
            "gratis. Lleva el documento que tengas.",
            "en": "This Saturday there is a health fair in %(place)s: vaccines and check-ups for "
            "children, free. Bring whatever document you have.",
            "ht": "Samdi sa a gen yon fwa sante nan %(place)s: vaksen ak swen pou timoun, gratis. "
            "Pote dokiman ou genyen an.",
        },
    ),
    (
        "Matrícula escolar",
        {
            "es": "La matrícula escolar está abierta en %(place)s. Puedes inscribir a tus hijos "
            "también sin documento peruano.",
            "en": "School enrolment is open in %(place)s. You can enrol your children even without "
            "a Peruvian document.",
            "pt": "A matrícula escolar está aberta em %(place)s. Você pode inscrever seus filhos "
            "mesmo sem documento peruano.",
        },
    ),
    (
        "Cambio de horario",
        {
            "es": "El punto de información de %(place)s atiende esta semana solo por las mañanas.",
            "en": "The information point in %(place)s is open only in the mornings this week.",
        },
    ),
    (
        "Lluvias fuertes",
        {
            "es": "Se esperan lluvias fuertes en %(place)s. Evita las orillas de los ríos y "
            "guarda tus papeles en bolsas cerradas.",
            "en": "Heavy rain is expected in %(place)s. Keep away from river banks and put your "
            "papers into closed bags.",
            "fr": "De fortes pluies sont attendues à %(place)s. Éloignez-vous des rivières et "
            "mettez vos papiers dans des sacs fermés.",
        },
    ),
    (
        "Aviso sobre mensajes falsos",
        {
            "es": "Circula un mensaje que promete dinero a cambio de tus datos. Es falso. Ninguna "
            "ayuda en %(place)s pide pagos ni claves.",
            "en": "A message is going round that promises money for your data. It is false. No "
            "help in %(place)s asks for payments or passwords.",
        },
    ),
    (
        "Taller de empleo",
        {
            "es": "Taller gratuito en %(place)s sobre contratos y derechos en el trabajo. No hace "
            "falta inscribirse.",
            "en": "Free workshop in %(place)s on contracts and rights at work. No need to sign up.",
            "ht": "Fòmasyon gratis nan %(place)s sou kontra ak dwa nan travay. Ou pa bezwen "
            "enskri.",
        },
    ),
    (
        "Jornada de orientación",
        {
            "es": "Mañana hay orientación legal gratuita en %(place)s. Llega temprano: se atiende "
            "por orden de llegada.",
            "en": "Tomorrow there is free legal advice in %(place)s. Come early: it is first come, "
            "first served.",
        },
    ),
)

SAID: dict[CaseKind, tuple[str, ...]] = {
    CaseKind.HANDOVER: (
        "Fui a la oficina y no me atendieron, necesito hablar con alguien",
        "Quiero saber si mi solicitud avanza",
        "Tengo a mi mamá enferma y no sé a dónde ir",
    ),
    CaseKind.RUMOUR: (
        "Dicen que van a cerrar la frontera esta semana, es cierto?",
        "En un grupo dicen que regalan carnets si pagas por una app",
    ),
    CaseKind.COMPLAINT: (
        "En la entrega de kits me trataron mal delante de todos",
        "Me pidieron dinero para ponerme en la lista",
    ),
}
NOTES = ("Llamar mañana a la oficina.", "Consultado con el equipo legal.")
REPLIES = (
    "Hola, soy del equipo. Mañana te confirmamos la cita.",
    "Gracias por avisar. Ya lo pasamos a la oficina que corresponde.",
)
ADDED = "Si algo cambia, te lo decimos aquí."
COMMENT = "Falta decir el horario de atención."

# Questions that no topic answers: language, and how people say one and the same thing.
UNANSWERED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("es", ("cómo saco licencia de conducir", "licencia de conducir para extranjeros", "brevete")),
    ("es", ("puedo abrir un puesto de comida", "permiso para vender comida en la calle")),
    ("es", ("a qué hora juega Perú", "quién ganó el partido")),
    ("es", ("puedo traer a mi perro", "requisitos para mi gato en la frontera")),
    ("es", ("cómo convalido mi título de enfermera", "homologar título de docente")),
    ("es", ("me pueden dar un préstamo para negocio", "crédito para emprender")),
    ("en", ("how do I get a driving licence", "driving license for foreigners")),
    ("ht", ("kijan pou m jwenn lisans kondwi",)),
    ("pt", ("como valido meu diploma de enfermagem",)),
    ("fr", ("comment valider mon diplôme",)),
)
