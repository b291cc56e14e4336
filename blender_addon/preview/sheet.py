def render_sheet(*a):
    raise NotImplementedError
